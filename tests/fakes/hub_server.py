"""A model hub on loopback: as much of its protocol as huggingface_hub speaks to fetch files."""

from __future__ import annotations

import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Files = dict[str, bytes]


class HubServer:
    """Repositories as {commit: {path: bytes}}; `main` points at one commit. Files over 1 kB are stored with a SHA-256.

    gone: paths that are listed and then cannot be fetched.
    requests: what was asked, as "METHOD path", with the range where one was given.
    """

    def __init__(self, repo: str, commits: dict[str, Files], main: str) -> None:
        self.repo, self.commits, self.main = repo, commits, main
        self.gone: set[str] = set()
        self.requests: list[str] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> HubServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def info(self, revision: str) -> dict[str, Any] | None:
        commit = self.main if revision == "main" else revision
        if commit not in self.commits:
            return None
        siblings = []
        for path, data in self.commits[commit].items():
            file: dict[str, Any] = {"rfilename": path, "size": len(data), "blobId": hashlib.sha1(data).hexdigest()}
            if len(data) > 1000:
                file["lfs"] = {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data), "pointerSize": 130}
            siblings.append(file)
        return {"id": self.repo, "modelId": self.repo, "sha": commit, "siblings": siblings, "tags": []}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        hub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_HEAD(self) -> None:
                self._serve(body=False)

            def do_GET(self) -> None:
                self._serve(body=True)

            def _serve(self, *, body: bool) -> None:
                path = self.path.partition("?")[0]
                hub.requests.append(f"{self.command} {path} {self.headers.get('Range', '')}".strip())
                info_prefix, file_prefix = f"/api/models/{hub.repo}/revision/", f"/{hub.repo}/resolve/"
                if path.startswith(info_prefix) and (info := hub.info(path.removeprefix(info_prefix))):
                    return self._send(200, json.dumps(info).encode(), {"Content-Type": "application/json"}, body)
                commit, _, name = path.removeprefix(file_prefix).partition("/")
                data = hub.commits.get(commit, {}).get(name) if path.startswith(file_prefix) else None
                if data is None or name in hub.gone:
                    return self._send(404, b"", {"X-Error-Code": "EntryNotFound"}, body)
                headers = {"X-Repo-Commit": commit, "ETag": f'"{hashlib.sha256(data).hexdigest()}"'}
                if wanted := self.headers.get("Range"):
                    start = int(wanted.removeprefix("bytes=").partition("-")[0])
                    headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
                    return self._send(206, data[start:], headers, body)
                return self._send(200, data, headers, body)

            def _send(self, status: int, data: bytes, headers: dict[str, str], body: bool) -> None:
                self.send_response(status)
                for key, value in headers.items():
                    self.send_header(key, value)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                if body:
                    self.wfile.write(data)

            def log_message(self, format: str, *args: object) -> None:
                return None

        return Handler
