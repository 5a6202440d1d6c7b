"""Search at scale: time of a query, its recall against exact search, time and size of the index.

    HARK_TEST_DATA=... python -m benchmarks.retrieval_scale [--rows 10000 1000000] [--keep FOLDER] [--queries 150]

The passages are those of the 2WikiMultihopQA corpus, repeated. Each is embedded once; a copy's vector is turned away
from it at random (cosine 0.96), so that all are distinct. Queries are that set's questions, embedded beforehand.
Exact search is the largest dot product over all vectors. Needs 3 GB of disk for a million passages.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from agent.config import Paths
from agent.retrieval.embed import MiniLM
from agent.retrieval.passages import chunks, passage_id
from agent.retrieval.readers import read
from agent.retrieval.table import PassageTable
from benchmarks.clips import data_folder, machine
from voice.store import ModelStore

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from agent.retrieval.passages import Chunk
    from agent.retrieval.table import Mode

    Vectors = NDArray[np.float32]

MODES: tuple[Mode, ...] = ("words", "vectors", "hybrid")
_SEED = 6
_TURN = 0.3
"""Length of the random vector added to a unit vector."""
_TOP = 10


@dataclass(frozen=True, slots=True)
class Corpus:
    """Distinct passages with their vectors, and the vectors of the queries."""

    passages: list[Chunk]
    vectors: Vectors
    queries: list[str]
    asked: Vectors

    def copies(self, rows: int) -> Iterator[tuple[int, Vectors]]:
        """(number of the copy, vectors of its passages) until there are so many rows; the first is the original."""
        for copy, start in enumerate(range(0, rows, len(self.passages))):
            vectors = self.vectors[: rows - start]
            if copy:
                random = np.random.default_rng([_SEED, copy])
                turn = random.normal(0, _TURN / np.sqrt(vectors.shape[1]), vectors.shape).astype(np.float32)
                vectors = vectors + turn
                vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
            yield copy, vectors


def corpus(data: Path, queries: int) -> Corpus:
    """The real passages. Vectors are kept in hark's cache folder: embedding takes minutes."""
    documents = json.loads((data / "qa/2wiki_corpus_6119.json").read_text("utf-8"))
    lines = "".join(json.dumps({"title": one["title"], "text": one["text"]}) + "\n" for one in documents).encode()
    passages = [chunk for document in read("corpus.jsonl", lines).documents for chunk in chunks(document)]
    questions = [row["question"] for row in json.loads((data / "qa/2wiki_open.json").read_text("utf-8"))][:queries]
    return Corpus(
        passages, _embedded([chunk.searchable for chunk in passages]), questions, _embedded(questions, keep=False)
    )


def _embedded(texts: list[str], *, keep: bool = True) -> Vectors:
    file = Paths.standard().cache / "benchmarks" / f"vectors-{sha256(chr(0).join(texts).encode()).hexdigest()[:16]}.npy"
    if keep and file.is_file():
        kept: Vectors = np.load(file, allow_pickle=False)
        return kept
    vectors = MiniLM(ModelStore(Paths.standard().models).path("minilm")).embed(texts)
    if keep:
        file.parent.mkdir(parents=True, exist_ok=True)
        np.save(file, vectors, allow_pickle=False)
    return vectors


def build(table: PassageTable, source: Corpus, rows: int) -> None:
    """Fill an empty table, then index it; prints how long each took."""
    begun = time.perf_counter()
    table.create()
    for copy, vectors in source.copies(rows):
        table.replace([f"{copy:08x}"], [_row(copy, n, source.passages[n]) for n in range(len(vectors))], vectors)
    filled = time.perf_counter()
    print(f"{rows} passages written in {filled - begun:.1f} s", flush=True)
    table.settle()
    print(f"indexed in {time.perf_counter() - filled:.1f} s", flush=True)


def _row(copy: int, number: int, chunk: Chunk) -> dict[str, Any]:
    return {
        "id": passage_id(str(copy), number, chunk.text),
        "title": chunk.title,
        "section": chunk.section,
        "text": chunk.text,
        "searchable": chunk.searchable,
        "source": f"{copy}.jsonl",
        "line": chunk.line,
        "places": [number for place in chunk.places for number in place],
        "names": [],
        "file": f"{copy:08x}",
        "hash": "",
        "size": 0,
        "mtime": 0,
        "ordinal": number,
    }


def nearest(source: Corpus, rows: int, top: int) -> list[set[str]]:
    """Ids of the passages with the largest dot products, by query."""
    best: list[list[tuple[float, str]]] = [[] for _ in source.queries]
    for copy, vectors in source.copies(rows):
        scores = source.asked @ vectors.T
        for query, row in enumerate(scores):
            first = np.argpartition(-row, min(top, len(row) - 1))[:top]
            found = [(float(row[n]), passage_id(str(copy), int(n), source.passages[n].text)) for n in first]
            best[query] = sorted([*best[query], *found], reverse=True)[:top]
    return [{id_ for _, id_ in found} for found in best]


def timed(ask: Callable[[int], object], count: int) -> tuple[float, float, float]:
    """p50 and p95 of so many queries, and the CPU time of one, in ms; after a warm-up of ten."""
    for query in range(min(10, count)):
        ask(query)
    times = []
    cpu = time.process_time()
    for query in range(count):
        begun = time.perf_counter()
        ask(query)
        times.append((time.perf_counter() - begun) * 1000)
    cpu = (time.process_time() - cpu) * 1000 / count
    p50, p95 = np.percentile(times, [50, 95])
    return float(p50), float(p95), cpu


def measure(table: PassageTable, source: Corpus, rows: int) -> None:
    """Print query times by mode, and the recall of the vector search."""
    for mode in MODES:

        def ask(query: int, mode: Mode = mode) -> object:
            return table.search(source.queries[query], source.asked[query], 5, mode)

        p50, p95, cpu = timed(ask, len(source.queries))
        times = f"p50 {p50:6.1f} ms  p95 {p95:6.1f} ms  CPU {cpu:5.1f} ms"
        print(f"{rows:8} {mode:8} {times}  (n={len(source.queries)})", flush=True)
    shares = []
    for query, exact in enumerate(nearest(source, rows, _TOP)):
        found = table.search("", source.asked[query], _TOP, "vectors")
        shares.append(len(exact & {passage.id for passage in found}) / len(exact))
    print(f"{rows:8} vectors  recall@{_TOP} of exact search {np.mean(shares):.3f}  (n={len(shares)})", flush=True)


def main() -> None:
    """Build, or find, an index of each size and measure it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="*", default=[10_000, 100_000], help="passages in the index")
    parser.add_argument("--queries", type=int, default=150)
    parser.add_argument("--keep", type=Path, help="folder to keep the indexes in, for the next run")
    options = parser.parse_args()
    source = corpus(data_folder(), options.queries)
    print(f"{machine()}; {len(source.passages)} distinct passages", flush=True)
    with tempfile.TemporaryDirectory() as scratch:
        for rows in options.rows:
            folder = (options.keep or Path(scratch)) / str(rows)
            table = PassageTable(folder, embedder="minilm", dimensions=MiniLM.dimensions, mend="this benchmark")
            if table.count() != rows:
                table.drop()
                build(table, source, rows)
            size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
            print(f"{rows:8} on disk {size / 1e6:.0f} MB", flush=True)
            measure(table, source, rows)


if __name__ == "__main__":
    main()
