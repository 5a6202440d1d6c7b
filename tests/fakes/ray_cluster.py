"""A real Ray cluster of several nodes on this machine, in a process of its own: loopback only, with a key.

Run as a module it starts two nodes, prints the head's address as a line, and obeys lines on standard input:
"add" starts a node, "kill" ends the youngest one as a power cut would. Each is answered by a line. It ends with its
input, and the nodes with it.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

_QUIET = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0", "RAY_AUTH_MODE": "token"}
# Ray's workers yield to everything else by default, which on a busy machine means that they never start.
_PROMPT = {"RAY_worker_niceness": "0"}


@dataclass(frozen=True)
class RayCluster:
    """A running cluster. address: of its head. environment: what drivers need to join it. logs: Ray's own."""

    address: str
    environment: Mapping[str, str]
    logs: str
    process: subprocess.Popen[str]

    def tell(self, command: str) -> None:
        """Give an order and wait until it is done."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{command}\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().strip()
        assert answer == "done", answer


@contextmanager
def running(environment: Mapping[str, str]) -> Iterator[RayCluster]:
    """A cluster of two nodes with one CPU each. environment: of its workers."""
    with tempfile.TemporaryDirectory(prefix="hark-ray-") as folder:
        given = {**os.environ, **environment, **_PROMPT, **_QUIET, "RAY_AUTH_TOKEN": secrets.token_hex(32)}
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.fakes.ray_cluster", folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=given,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            address = process.stdout.readline().strip()
            if not address:
                raise TimeoutError("Ray has not started: too much else is going on here")
            yield RayCluster(address, {key: given[key] for key in (*_QUIET, "RAY_AUTH_TOKEN")}, folder, process)
        finally:
            process.stdin.close()
            process.wait(60)


def main(folder: str) -> None:
    """Run the cluster until standard input ends."""
    from ray.cluster_utils import Cluster

    memory = 80 * 1024 * 1024
    one_cpu: dict[str, Any] = {"num_cpus": 1, "object_store_memory": memory, "temp_dir": folder}
    # Ray's own lines on standard output must not be taken for answers.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    cluster: Any = Cluster(initialize_head=True, head_node_args={**one_cpu, "include_dashboard": False})
    nodes = [cluster.add_node(**one_cpu)]
    cluster.wait_for_nodes(timeout=60)
    print(cluster.address, file=answers)
    for line in sys.stdin:
        if line.strip() == "add":
            nodes.append(cluster.add_node(**one_cpu))
            cluster.wait_for_nodes(timeout=60)
        else:
            cluster.remove_node(nodes.pop(), allow_graceful=False)
        print("done", file=answers)
    cluster.shutdown()


if __name__ == "__main__":
    main(sys.argv[1])
