"""Shows the modules of cnnviz of Python's own ones only what those have on Windows.

Python runs it when it starts with this folder in PYTHONPATH, and so do the processes that it starts. It shows
what is imported or named there, not how Windows itself behaves.
"""

from __future__ import annotations

import builtins
import importlib.machinery
import re
import types
from typing import Any

LACKING_MODULES = ("fcntl", "grp", "posix", "pty", "pwd", "resource", "termios", "tty")
LACKING = {
    "os": re.compile(
        r"chown|chroot|confstr|ctermid|eventfd|fchdir|fchown|fork|forkpty|fpathconf|fstatvfs|getegid|geteuid|getgid"
        r"|getgroups|getloadavg|getpgid|getpgrp|getpriority|getrandom|getres.id|getsid|getuid|killpg|lchown|lockf"
        r"|memfd_create|mkfifo|mknod|nice|openpty|pathconf|pipe2|posix_\w+|POSIX_\w+|p(read|write)v?|PRIO_\w+"
        r"|register_at_fork|sched_\w+|SCHED_\w+|sendfile|set(e?[ug]id|groups|pgid|pgrp|priority|re[ug]id|res.id|sid)"
        r"|splice|statvfs|sync|sysconf\w*|uname|wait(3|4|id)|W[A-Z]+|O_(CLOEXEC|DIRECTORY|NOCTTY|NOFOLLOW|NONBLOCK|PATH)"
    ),
    "select": re.compile(r"poll|epoll|EPOLL\w+|POLL\w+"),
    "signal": re.compile(
        r"alarm|pause|pthread_\w+|setitimer|getitimer|ITIMER_\w+|siginterrupt|sigpending|sigwait\w*"
        r"|SIG(?!(INT|TERM|ABRT|FPE|ILL|SEGV|BREAK|_DFL|_IGN)\b)\w+"
    ),
    "socket": re.compile(r"AF_UNIX|socketpair_unix|SO_REUSEPORT"),
    "time": re.compile(r"clock_[gs]et\w+|CLOCK_\w+|pthread_getcpuclockid|tzset"),
}
"""{module: names in it that Python's documentation gives to Unix alone}."""
INSTEAD = {"os": {"name": "nt"}, "sys": {"platform": "win32"}}


def shown(module: types.ModuleType) -> types.ModuleType:
    """Return what a module is on Windows."""
    lacking, instead = LACKING.get(module.__name__), INSTEAD.get(module.__name__, {})
    if lacking is None and not instead:
        return module
    view = types.ModuleType(module.__name__)

    def get(name: str) -> Any:
        if lacking is not None and lacking.fullmatch(name):
            raise AttributeError(f"module '{module.__name__}' has no attribute '{name}'")
        return instead.get(name, getattr(module, name))

    view.__getattr__ = get  # type: ignore[method-assign]  # a module's own, as in PEP 562
    return view


def import_shown(name: str, *arguments: Any, **named: Any) -> types.ModuleType:
    """Import a module as on Windows."""
    if name in LACKING_MODULES:
        raise ModuleNotFoundError(f"No module named '{name}'", name=name)
    return shown(builtins.__import__(name, *arguments, **named))


load = importlib.machinery.SourceFileLoader.exec_module


def load_shown(loader: importlib.machinery.SourceFileLoader, module: types.ModuleType) -> None:
    """Run a module's code; one of cnnviz imports as on Windows."""
    if module.__name__.partition(".")[0] == "cnnviz":
        module.__dict__["__builtins__"] = {**vars(builtins), "__import__": import_shown}
    load(loader, module)


importlib.machinery.SourceFileLoader.exec_module = load_shown  # type: ignore[method-assign]
