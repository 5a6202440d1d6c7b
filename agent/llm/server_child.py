"""The child process that holds the embedded model; agent.llm.embedded starts this file.

It reads one JSON line of options from standard input (the key travels there, so no process list shows it), starts
llama.cpp's OpenAI-compatible server on loopback, prints one JSON line {"url": ...} on standard output, and then
waits for standard input to end. The pipe closes when the parent dies, however it dies, so no server is orphaned.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from pathlib import Path
from typing import Any

# The model takes every core for seconds on end; the microphone and the voice need theirs within milliseconds.
_NICENESS = 10


def main() -> None:
    """Serve until standard input ends."""
    options: dict[str, Any] = json.loads(sys.stdin.readline())
    _give_way()
    # llama.cpp may print to standard output; the parent's line must come through untouched.
    reply = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    try:
        server = _start(options)
        url = server.listening_address
    # Native code raises what it likes; the parent turns the line into an error of its own.
    except Exception as error:
        print(json.dumps({"error": f"{type(error).__name__}: {error}"}), file=reply, flush=True)
        os._exit(1)
    print(json.dumps({"url": url}), file=reply, flush=True)
    while sys.stdin.read(4096):
        pass
    # llama.cpp's own shutdown waits for running slots; nobody is left to read them.
    os._exit(0)


def _give_way() -> None:
    """Let the ears and the voice go first where cores are short; on an idle machine nothing changes."""
    if hasattr(os, "nice"):
        os.nice(_NICENESS)
    # Linux may share cores between sessions before it looks at processes, and this one has its own session
    with contextlib.suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(_NICENESS))


def _start(options: dict[str, Any]) -> Any:
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = options["model"]
    params.model_alias = {options["alias"]}
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [options["key"]]
    params.n_ctx = options["context"]
    params.n_parallel = options["slots"]
    # Weights are repacked for the CPU while loading; a mapped file would stay resident beside them (0.6 GB of 2.1).
    params.load_mode = xllamacpp.llama_load_mode.LLAMA_LOAD_MODE_NONE
    # A cancelled call frees its slot at the next batch boundary (see _BATCH of embedded.py).
    params.n_batch = params.n_ubatch = options["batch"]
    # llama.cpp's default of 8 GiB for parked prompts is more than a small machine has.
    params.cache_ram_mib = options["cache_mib"]
    if options["threads"]:
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = options["threads"]
    params.ui = False
    params.endpoint_slots = False
    params.warmup = False
    return xllamacpp.Server(params)


if __name__ == "__main__":
    main()
