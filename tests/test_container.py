"""The container files, checked without an engine: by hadolint, Compose's schema, and against each other."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema.validators import validator_for
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from cnnviz import settings
from tests.coroutines import complete

ROOT = Path(__file__).resolve().parents[1]
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
SCALE = {"scale"}


def profiles(name: str) -> set[str]:
    """Return the profiles of a service; one without any always starts."""
    return set(SERVICES[name].get("profiles", ()))


def port(name: str) -> str:
    """Return where a service listens, inside its container."""
    listen = SERVICES[name].get("environment", {}).get("LISTEN")
    return str(listen or re.findall(r"^EXPOSE (\d+)$", DOCKERFILE, re.MULTILINE)[-1])


def test_the_dockerfile_is_clean() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    result = subprocess.run([hadolint, ROOT / "Dockerfile"], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout) == (0, ""), result.stdout + result.stderr


def test_the_image_ends_without_root_and_tells_whether_it_is_well() -> None:
    last = DOCKERFILE.rpartition("\nFROM ")[2]
    (user,) = re.findall(r"^USER (.*)$", last, re.MULTILINE)
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user)
    assert f"127.0.0.1:{port('app')}/healthz" in last
    (command,) = re.findall(r'^CMD \["(\w+)"\]$', last, re.MULTILINE)
    assert f"COPY deploy/{command} /usr/local/bin/{command}" in last
    assert os.access(ROOT / "deploy" / command, os.X_OK)


def test_the_image_gets_all_that_it_copies() -> None:
    sent = re.findall(r"^!(.+)$", (ROOT / ".dockerignore").read_text("utf-8"), re.MULTILINE)
    copied = " ".join(re.findall(r"^COPY (?!--from|\. )(.*) \S+$", DOCKERFILE, re.MULTILINE)).split()
    assert {path.partition("/")[0] for path in copied} <= set(sent)
    assert all((ROOT / path).exists() for path in [*sent, *copied])


def test_the_compose_file_follows_the_specification() -> None:
    # the schema of https://github.com/compose-spec/compose-spec
    place = "check_jsonschema/builtin_schemas/vendor/compose-spec.json"
    schema = json.loads(Path(str(distribution("check-jsonschema").locate_file(place))).read_text("utf-8"))
    validator = validator_for(schema)(schema)
    assert not [*map(str, validator.iter_errors(COMPOSE))]
    wrong = json.loads(json.dumps(COMPOSE).replace('"read_only"', '"readonly"'))
    assert any("'readonly' was unexpected" in str(error) for error in validator.iter_errors(wrong))


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_what_compose_takes(name: str) -> None:
    service = SERVICES[name]
    assert "build" in service or re.search(r":\d", service["image"]), "an image of others has a version"
    assert service["read_only"] is True
    assert any(str(each).startswith("/tmp") for each in service["tmpfs"])
    assert service["cap_drop"] == ["ALL"]
    for volume in service.get("volumes", ()):
        source, _, mode = str(volume).partition(":")
        if source in COMPOSE["volumes"]:
            continue
        assert (ROOT / source).exists(), volume
        assert mode.endswith(":ro"), volume
    for outside, inside in (each.split(":") for each in service.get("ports", ())):
        assert inside == port(name), (outside, inside)


@pytest.mark.parametrize("name", [name for name in SERVICES if "build" in SERVICES[name]])
def test_replicas_share_the_networks_that_are_opened(name: str) -> None:
    (volume,) = SERVICES[name]["volumes"]
    source, inside = volume.split(":")
    assert source in COMPOSE["volumes"]
    assert SERVICES[name]["environment"]["CNNVIZ_NETWORKS"] == inside
    assert re.search(rf"^RUN install -d -o 10001 -g 10001 {inside}$", DOCKERFILE, re.MULTILINE)


@pytest.mark.parametrize("name", SERVICES)
def test_the_variables_of_a_service_are_settings(name: str) -> None:
    known = {setting.variable for setting in settings.every()}
    for script in ("serve", "proxy"):  # each says at its top what can be set
        known |= set(
            re.findall(r"^#   ([A-Z_]+) ", (ROOT / "deploy" / script).read_text("utf-8"), re.MULTILINE)
        )
    variables = SERVICES[name].get("environment", {})
    assert set(variables) <= known
    assert all(isinstance(value, str) for value in variables.values()), "YAML makes a boolean of yes"


@pytest.mark.parametrize("name", [name for name in SERVICES if name.startswith("replica")])
@pytest.mark.parametrize("proxy", ["172.18.0.7", "192.168.16.3"])
def test_a_replica_knows_its_visitors_apart_behind_the_proxy(name: str, proxy: str) -> None:
    seen: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["client"][0])

    trusted = SERVICES[name]["environment"]["FORWARDED_ALLOW_IPS"]
    told = [(b"x-forwarded-for", b"198.51.100.1, 203.0.113.9")]  # the visitor's own claim, and what is true
    for client in (proxy, "203.0.113.9"):  # who comes past the proxy is not believed
        scope: Any = {"type": "http", "client": (client, 1), "headers": told, "scheme": "http"}
        complete(ProxyHeadersMiddleware(app, trusted)(scope, None, None))  # type: ignore[arg-type]
    assert seen == ["203.0.113.9"] * 2


@pytest.mark.parametrize("name", SERVICES)
def test_what_a_service_needs_starts_with_it_and_tells_when_it_is_well(name: str) -> None:
    for other, how in SERVICES[name].get("depends_on", {}).items():
        assert profiles(other) <= profiles(name), f"{name} may start without {other}"
        assert how["condition"] == "service_healthy"
        assert "healthcheck" in SERVICES[other] or "build" in SERVICES[other]  # the Dockerfile has one


def test_the_proxy_stands_before_every_replica() -> None:
    replicas = {name for name in SERVICES if name.startswith("replica")}
    proxy = SERVICES["proxy"]
    addresses = dict(each.split(":") for each in proxy["environment"]["REPLICAS"].split())
    assert set(addresses) == replicas <= set(proxy["depends_on"])
    assert all(profiles(name) == SCALE == profiles("proxy") for name in replicas)
    assert {port(name) for name in replicas} == set(addresses.values())
    assert not any("ports" in SERVICES[name] for name in replicas)  # nobody goes past the proxy
    assert not profiles("app")
    (script,) = proxy["entrypoint"]
    (volume,) = proxy["volumes"]
    source, inside, _ = volume.split(":")
    assert os.access(ROOT / script.replace(inside, source, 1), os.X_OK)
