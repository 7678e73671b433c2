# syntax=docker/dockerfile:1
# One process, no root, a root file system that can be read-only (give it a /tmp).
#
#   docker build -t cnnviz .            docker run -p 8501:8501 --read-only --tmpfs /tmp cnnviz
#   docker build --build-arg HANDOUT=1  with Chromium and Korean letters, to print the lecture (+400 MB)

FROM python:3.11-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/cnnviz
ENV PATH=/opt/cnnviz/bin:$PATH
WORKDIR /source
COPY requirements.txt constraints.txt ./
RUN pip install -c constraints.txt -r requirements.txt redis uvloop
COPY . .
RUN pip install -c constraints.txt --no-deps . \
    && find /opt/cnnviz -depth -type d \( -name tests -o -name __pycache__ \) -path '*site-packages*' \
       -not -path '*/cnnviz/*' -exec rm -rf {} +

FROM python:3.11-slim-bookworm
ARG HANDOUT=0
# no version: Debian removes old ones, so that a pinned one can be built until the next only
# hadolint ignore=DL3008
RUN if [ "$HANDOUT" = 1 ]; then apt-get update \
    && apt-get install -y --no-install-recommends chromium fonts-noto-cjk \
    && rm -rf /var/lib/apt/lists/*; fi
COPY --from=build /opt/cnnviz /opt/cnnviz
COPY deploy/serve /usr/local/bin/serve
ENV PATH=/opt/cnnviz/bin:$PATH HOME=/tmp PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 CNNVIZ_BIND=0.0.0.0
# a volume that is mounted there belongs to whom it belongs to here
RUN install -d -o 10001 -g 10001 /networks
USER 10001:10001
WORKDIR /tmp
EXPOSE 8501
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s \
  CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8501/healthz', timeout=4)"]
CMD ["serve"]
