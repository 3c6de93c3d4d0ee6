"""A small model hub on loopback, with faults that can be switched on for one file.

    with HubServer({"owner/name": {"config.json": b"{}", "model.safetensors": b"..."}}) as hub:
        hub.fail("owner/name/model.safetensors", Fault.RESET)   # the next answer breaks off
        settings = HubSettings(endpoint=hub.url, cache=tmp_path)

It speaks what huggingface_hub 2.4 asks for: a model's info with its blobs, its refs, and files by
HEAD, GET and Range, with the commit and the ETag in the headers. A repository called
“datasets/owner/name” is a dataset; of those it also lists the tree, in pages.
"""

from __future__ import annotations

import hashlib
import json
import os
import socket
import struct
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

Files = Path | Mapping[str, bytes]

_LFS_SUFFIXES = {".safetensors", ".bin", ".gguf", ".h5", ".msgpack", ".onnx", ".parquet"}
_SLICE_BYTES = 16 * 1024


class Fault(StrEnum):
    """What can go wrong with one answer; the first four break its body after the first half."""

    CLOSE = "the connection ends cleanly"
    RESET = "the connection is reset"
    STALL = "no more bytes come"
    SLOW = "bytes come at slow_bytes_per_s"
    UNAUTHORIZED = "401"
    FORBIDDEN = "403"
    GATED = "403, with a licence to accept"
    NOT_FOUND = "404"
    SERVER_ERROR = "503"


_STATUS: dict[Fault, tuple[int, dict[str, str]]] = {
    Fault.UNAUTHORIZED: (401, {"X-Error-Message": "Invalid username or password."}),
    Fault.FORBIDDEN: (403, {"X-Error-Message": "Forbidden"}),
    Fault.GATED: (403, {"X-Error-Code": "GatedRepo"}),
    Fault.NOT_FOUND: (404, {"X-Error-Code": "EntryNotFound"}),
    Fault.SERVER_ERROR: (503, {}),
}


@dataclass(frozen=True)
class Request:
    """One request as it came; `path` is decoded and without its query."""

    method: str
    path: str
    headers: Mapping[str, str]
    on_cdn: bool = False


@dataclass
class _Fault:
    fault: Fault
    left: int | None


@dataclass
class _Repo:
    revisions: dict[str, dict[str, bytes]] = field(default_factory=dict)
    token: str | None = None
    info: dict[str, Any] = field(default_factory=dict)


def commit_of(files: Mapping[str, bytes]) -> str:
    """A commit id that follows from the files, as git's does."""
    digest = hashlib.sha1()
    for path in sorted(files):
        digest.update(path.encode() + b"\0" + hashlib.sha1(files[path]).digest())
    return digest.hexdigest()


class HubServer:
    """The hub; use it as a context manager."""

    def __init__(self, repos: Mapping[str, Files] | None = None) -> None:
        self.slow_bytes_per_s = 1_000_000
        self.requests: list[Request] = []
        self.files_a_page = 1000
        # The real hub says 401 to strangers for what is private and for what is not there.
        self.hides_what_is_missing = False
        self._renamed: dict[str, str] = {}
        self._repos: dict[str, _Repo] = {}
        self._faults: dict[str, _Fault] = {}
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._servers: list[_Server] = []
        self._cdn_in_use = False
        for name, files in (repos or {}).items():
            self.add(name, files)

    def __enter__(self) -> HubServer:
        for on_cdn in (False, True):
            server = _Server(self, on_cdn=on_cdn)
            threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
            self._servers.append(server)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._closing.set()
        for server in self._servers:
            server.shutdown()
            server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._servers[0].server_port}"

    def add(self, repo: str, files: Files, revision: str = "main") -> str:
        """Put files under a revision; the commit is returned."""
        read = (
            {
                p.relative_to(files).as_posix(): p.read_bytes()
                for p in files.rglob("*")
                if p.is_file()
            }
            if isinstance(files, Path)
            else dict(files)
        )
        self._repos.setdefault(repo, _Repo()).revisions[revision] = read
        return commit_of(read)

    def fail(self, path: str, fault: Fault, times: int | None = 1) -> None:
        """Let the next answers fail: “owner/name” is the model's info, “owner/name/FILE” a file.

        `times=None` is for good. A fault in the body leaves HEAD alone.
        """
        with self._lock:
            self._faults[path] = _Fault(fault, times)

    def heal(self, path: str) -> None:
        with self._lock:
            self._faults.pop(path, None)

    def require_token(self, repo: str, token: str) -> None:
        """Make a repository private: to everybody else it does not exist."""
        self._repos[repo].token = token

    def describe(self, repo: str, **info: Any) -> None:
        """Say more of a repository: gated, cardData."""
        self._repos[repo].info.update(info)

    def rename(self, old: str, new: str) -> None:
        """Answer an old name by a redirect to the new one."""
        self._renamed[old] = new

    def use_cdn(self) -> None:
        """Hand large files out by a redirect to another host, as the real hub does."""
        self._cdn_in_use = True

    def fetched(self, repo: str) -> list[str]:
        """The files whose bytes were asked for, in order, repetitions included."""
        prefix = f"/{repo}/resolve/"
        return [
            r.path[len(prefix) :].partition("/")[2]
            for r in self.requests
            if r.method == "GET" and r.path.startswith(prefix)
        ]

    # What follows is called by the handlers.

    def _take_fault(self, path: str, method: str) -> Fault | None:
        with self._lock:
            entry = self._faults.get(path)
            if entry is None or (method == "HEAD" and entry.fault not in _STATUS):
                return None
            if entry.left is not None:
                entry.left -= 1
                if entry.left <= 0:
                    del self._faults[path]
            return entry.fault

    def _find(self, repo: str, revision: str) -> dict[str, bytes] | None:
        revisions = self._repos[repo].revisions
        by_commit = {commit_of(files): files for files in revisions.values()}
        return revisions.get(revision) or by_commit.get(revision)


class _Server(ThreadingHTTPServer):
    daemon_threads = False

    def __init__(self, hub: HubServer, *, on_cdn: bool) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.hub = hub
        self.on_cdn = on_cdn

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients are killed on purpose: a connection that breaks is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 5
    server: _Server

    def log_message(self, format: str, *args: object) -> None:
        """Silent."""

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:
        hub, path = self.server.hub, unquote(urlsplit(self.path).path)
        headers = {k.lower(): v for k, v in self.headers.items()}
        hub.requests.append(Request(self.command, path, headers, self.server.on_cdn))
        if self.server.on_cdn:
            _, _, repo, revision, name = path.split("|")
            self._send_file(repo, revision, name)
        elif new := self._new_place(path):
            self._send(307, {"Location": new})
        elif path.startswith("/api/models/"):
            self._answer_api(path.removeprefix("/api/models/"))
        elif path.startswith("/api/datasets/") and "/tree/" in path:
            self._answer_tree(path.removeprefix("/api/"))
        elif path.startswith("/api/datasets/"):
            self._answer_api(path.removeprefix("/api/"))
        elif "/resolve/" in path:
            repo, _, rest = path[1:].partition("/resolve/")
            # A revision's slashes come encoded, so they are found in the path as it was sent.
            revision = unquote(self.path.partition("/resolve/")[2].split("/")[0])
            self._answer_file(repo, revision, rest[len(revision) + 1 :])
        else:
            self._send(404)

    def _new_place(self, path: str) -> str | None:
        for old, new in self.server.hub._renamed.items():
            if path.removeprefix("/api").startswith((f"/{old}/", f"/{old}?")):
                return self.path.replace(f"/{old}", f"/{new}", 1)
        return None

    def _answer_tree(self, path: str) -> None:
        hub = self.server.hub
        name, _, revision = path.partition("/tree/")
        if self._refuse(name):
            return None
        fault = hub._take_fault(f"{name}/tree", self.command)
        if fault in _STATUS:
            status, headers = _STATUS[fault]
            return self._send(status, headers)
        files = hub._find(name, revision)
        if files is None:
            return self._send(404, {"X-Error-Code": "RevisionNotFound"})
        address = urlsplit(self.path)
        start = int(parse_qs(address.query).get("cursor", ["0"])[0])
        end = start + hub.files_a_page
        entries = [_describe_entry(path, files[path]) for path in sorted(files)[start:end]]
        link = f'<{hub.url}{address.path}?recursive=true&cursor={end}>; rel="next"'
        headers = {"Link": link} if end < len(files) else {}
        return self._send(200, headers, json.dumps(entries).encode(), fault)

    def _answer_api(self, path: str) -> None:
        hub = self.server.hub
        name, _, revision = path.partition("/revision/")
        if name.endswith("/refs"):
            return self._answer_refs(name.removesuffix("/refs"))
        if self._refuse(name):
            return None
        fault = hub._take_fault(name, self.command) if self.command == "GET" else None
        if fault in _STATUS:
            status, headers = _STATUS[fault]
            return self._send(status, headers)
        files = hub._find(name, revision or "main")
        if files is None:
            return self._send(404, {"X-Error-Code": "RevisionNotFound"})
        info = {
            "id": name.removeprefix("datasets/"),
            "modelId": name,
            "sha": commit_of(files),
            "private": False,
            "tags": [],
            "siblings": [_describe(file, content) for file, content in files.items()],
            **hub._repos[name].info,
        }
        return self._send(200, {}, json.dumps(info).encode(), fault)

    def _answer_refs(self, name: str) -> None:
        if self._refuse(name):
            return
        revisions = self.server.hub._repos[name].revisions
        refs = [
            {"name": r.rpartition("/")[2], "ref": r, "targetCommit": commit_of(files)}
            for r, files in revisions.items()
        ]
        answer = {
            "branches": [r for r in refs if not str(r["ref"]).startswith("refs/")],
            "converts": [r for r in refs if str(r["ref"]).startswith("refs/convert/")],
            "tags": [],
            "pullRequests": [r for r in refs if str(r["ref"]).startswith("refs/pr/")],
        }
        self._send(200, {}, json.dumps(answer).encode())

    def _answer_file(self, repo: str, revision: str, name: str) -> None:
        hub = self.server.hub
        if self._refuse(repo):
            return
        files = hub._find(repo, revision)
        if files is None:
            self._send(404, {"X-Error-Code": "RevisionNotFound"})
        elif name not in files:
            self._send(404, {"X-Error-Code": "EntryNotFound"})
        elif hub._cdn_in_use and Path(name).suffix in _LFS_SUFFIXES:
            content = files[name]
            host = f"http://localhost:{hub._servers[1].server_port}"
            self._send(
                302,
                {
                    "Location": f"{host}/cdn||{repo}|{revision}|{name}",
                    "X-Linked-Size": str(len(content)),
                    "X-Linked-ETag": f'"{_etag(name, content)}"',
                    "X-Repo-Commit": commit_of(files),
                },
            )
        else:
            self._send_file(repo, revision, name)

    def _send_file(self, repo: str, revision: str, name: str) -> None:
        hub = self.server.hub
        fault = hub._take_fault(f"{repo}/{name}", self.command)
        if fault in _STATUS:
            status, headers = _STATUS[fault]
            return self._send(status, headers)
        files = hub._find(repo, revision)
        assert files is not None
        content, status = files[name], 200
        headers = {
            "ETag": f'"{_etag(name, content)}"',
            "X-Repo-Commit": commit_of(files),
            "Accept-Ranges": "bytes",
        }
        if wanted := self.headers.get("Range"):
            start = int(wanted.removeprefix("bytes=").split("-")[0])
            headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
            content, status = content[start:], 206
        return self._send(status, headers, content, fault)

    def _refuse(self, repo: str) -> bool:
        """Answer for a repository that is not there, or not there for this token."""
        known = self.server.hub._repos.get(repo)
        given = self.headers.get("Authorization")
        if known is None or (known.token is not None and given != f"Bearer {known.token}"):
            # The real hub says 401 to strangers in both cases; here the two are told apart, unless
            # a test wants it like there.
            hidden = self.server.hub.hides_what_is_missing and given is None
            if known is None and not hidden:
                self._send(404, {"X-Error-Code": "RepoNotFound"})
            elif known is None:
                self._send(401, {"X-Error-Message": "Invalid username or password."})
            else:
                self._send(401, {"X-Error-Code": "RepoNotFound"})
            return True
        return False

    def _send(
        self,
        status: int,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        fault: Fault | None = None,
    ) -> None:
        self.send_response(status)
        for key, value in (headers or {}).items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        if self.command == "HEAD":
            return
        if fault is None:
            self.wfile.write(body)
        elif fault is Fault.SLOW:
            self._trickle(body)
        else:
            self._break_off(body, fault)

    def _trickle(self, body: bytes) -> None:
        hub = self.server.hub
        for at in range(0, len(body), _SLICE_BYTES):
            self.wfile.write(body[at : at + _SLICE_BYTES])
            if hub._closing.wait(_SLICE_BYTES / hub.slow_bytes_per_s):
                return

    def _break_off(self, body: bytes, fault: Fault) -> None:
        self.wfile.write(body[: len(body) // 2])
        if fault is Fault.STALL:
            self.server.hub._closing.wait()
        elif fault is Fault.RESET:
            # What was sent must arrive first: a reset throws away what is under way.
            time.sleep(0.1)
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            # Closed past http.server, which would end the connection politely.
            os.close(self.connection.detach())


def _etag(name: str, content: bytes) -> str:
    """As the hub makes it: sha256 for what lies in LFS, git's own hash for the rest."""
    if Path(name).suffix in _LFS_SUFFIXES:
        return hashlib.sha256(content).hexdigest()
    return hashlib.sha1(f"blob {len(content)}\0".encode() + content).hexdigest()


def _describe_entry(path: str, content: bytes) -> dict[str, object]:
    """One file as the tree lists it."""
    described = _describe(path, content)
    entry: dict[str, object] = {
        "type": "file",
        "oid": described["blobId"],
        "size": len(content),
        "path": path,
    }
    if "lfs" in described:
        entry["lfs"] = {"oid": _etag(path, content), "size": len(content), "pointerSize": 134}
    return entry


def _describe(name: str, content: bytes) -> dict[str, object]:
    described: dict[str, object] = {
        "rfilename": name,
        "size": len(content),
        "blobId": hashlib.sha1(f"blob {len(content)}\0".encode() + content).hexdigest(),
    }
    if Path(name).suffix in _LFS_SUFFIXES:
        described["lfs"] = {
            "sha256": _etag(name, content),
            "size": len(content),
            "pointerSize": 134,
        }
    return described
