"""Streaming transducers (zipformer, conformer, LSTM) by sherpa-onnx.

Package: sherpa-onnx (Apache-2.0). The search keeps several paths, but the API gives the best one only
(OnlineRecognizerResult has one text), so the n-best list has one reading.
"""

from __future__ import annotations

import mmap
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pydantic import Field

from voice.errors import RecognitionError, RecognizerMissing
from voice.options import Options, read_options
from voice.recognize.native import NativeStream, Snapshot
from voice.recognize.samples import check_samples
from voice.types import ASR_SAMPLE_RATE, TokenScore, Word

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from voice.ports import RecognizerRequest
    from voice.types import Samples, Utterance

_TAIL = 0.66
"""Seconds of silence after the end, so that the encoder's last chunk is full."""
_FRAME = 0.04
_MOST_HINTS = 100
_STREAMING_MARKS = (b"decode_chunk_len", b"window_size")


class SherpaOptions(Options):
    """The table [asr.sherpa].

    model: a name of `hark models list`, or a folder: encoder*.onnx, decoder*.onnx, joiner*.onnx, tokens.txt, and
        bpe.vocab where hints are to be used.
    beam: paths that modified beam search keeps; 1 searches greedily, and then nothing said is ever taken back.
    hint_score: what a hint adds to each of its tokens, as a natural logarithm.
    agreement: passes in a row that must agree before a word is committed.
    """

    model: str = "zipformer-en-20m"
    beam: int = Field(4, ge=1, le=64)
    hint_score: float = Field(1.5, ge=0, le=10)
    agreement: int = Field(2, ge=1, le=5)


class SherpaRecognizer:
    """A Recognizer and a StreamingRecognizer over sherpa_onnx.OnlineRecognizer.

    recognizer: the package's object. name, language: of the model.
    alphabet: letters the model can write, where it takes hints; others are passed over, and all where it is empty.
    agreement: see SherpaOptions.

    What a model writes in capitals throughout is given in small letters. One object serves several threads, one
    at a time.
    """

    def __init__(
        self,
        recognizer: Any,
        name: str,
        *,
        language: str = "en",
        alphabet: frozenset[str] = frozenset(),
        agreement: int = 2,
    ) -> None:
        self.name = f"sherpa:{name}"
        self._recognizer = recognizer
        self._language = language
        self._alphabet = alphabet
        self._agreement = agreement
        self._lock = threading.Lock()

    @classmethod
    def load(cls, folder: Path, options: SherpaOptions, *, language: str = "en", threads: int = 0) -> SherpaRecognizer:
        """Load a model folder. threads: 0 is 2. Raises RecognizerMissing (no package), RecognitionError."""
        try:
            from sherpa_onnx import OnlineRecognizer
        except (ImportError, OSError) as error:
            raise RecognizerMissing(
                f"sherpa-onnx does not load ({error}): run `pip install 'hark-voice[sherpa]'`"
            ) from None
        parts = {part: str(_onnx(folder, part)) for part in ("encoder", "decoder", "joiner")}
        tokens, vocabulary = folder / "tokens.txt", folder / "bpe.vocab"
        if not tokens.is_file():
            raise RecognitionError(f"no tokens.txt in {folder}: name a streaming transducer's folder")
        hinted = options.beam > 1 and vocabulary.is_file()
        extra = {"modeling_unit": "bpe", "bpe_vocab": str(vocabulary)} if hinted else {}
        try:
            recognizer = OnlineRecognizer.from_transducer(
                tokens=str(tokens),
                **parts,
                **extra,
                num_threads=threads or 2,
                decoding_method="modified_beam_search" if options.beam > 1 else "greedy_search",
                max_active_paths=options.beam,
                hotwords_score=options.hint_score,
                temperature_scale=1.0,  # it scales the scores only; at 1 they are log-probabilities
            )
        # onnxruntime's errors come through as several types without a common base
        except Exception as error:
            raise RecognitionError(f"sherpa-onnx cannot load {folder} ({error}): run `hark models verify`") from None
        # greedy search never takes back a token, so one pass is agreement enough
        agreement = options.agreement if options.beam > 1 else 1
        alphabet = _alphabet(tokens) if hinted else frozenset()
        return cls(recognizer, folder.name, language=language, alphabet=alphabet, agreement=agreement)

    def transcribe(
        self, samples: Samples, *, n_best: int = 5, token_scores: bool = False, hints: Sequence[str] = ()
    ) -> Utterance:
        """Recognise 16 kHz mono samples. See voice.ports.Recognizer."""
        check_samples(samples)
        stream = self.stream(hints=hints)
        stream.feed(samples)
        return stream.finish(n_best=n_best, token_scores=token_scores)

    def stream(self, *, hints: Sequence[str] = ()) -> NativeStream:
        """Begin an utterance. See voice.ports.StreamingRecognizer."""
        engine = _Engine(self._recognizer, self._lock, self._hotwords(hints))
        return NativeStream(engine, language=self._language, agreement=self._agreement)

    def _hotwords(self, hints: Sequence[str]) -> str | None:
        """The hints as the package wants them: parted by slashes, without its own signs."""
        usable = []
        for hint in hints[:_MOST_HINTS]:
            plain = " ".join(hint.translate(_SIGNS).split())
            spelt = plain if any(letter.islower() for letter in self._alphabet) else plain.upper()
            if spelt and set(spelt) <= self._alphabet | {" "}:
                usable.append(spelt)
        return "/".join(usable) or None


_SIGNS = str.maketrans(dict.fromkeys(':#@/.,;!?()"', " "))


class _Engine:
    """One utterance in a stream of sherpa-onnx."""

    def __init__(self, recognizer: Any, lock: threading.Lock, hotwords: str | None) -> None:
        self._recognizer = recognizer
        self._lock = lock
        with _failures():
            self._stream = recognizer.create_stream(hotwords) if hotwords else recognizer.create_stream()

    def take(self, samples: Samples, silence: float) -> Snapshot:  # noqa: ARG002 - the model hears silence itself
        """See voice.recognize.native.Engine."""
        with self._lock, _failures():
            self._stream.accept_waveform(ASR_SAMPLE_RATE, samples)
            return self._decoded()

    def end(self, samples: Samples) -> Snapshot:
        """See voice.recognize.native.Engine."""
        import numpy as np

        with self._lock, _failures():
            self._stream.accept_waveform(ASR_SAMPLE_RATE, samples)
            self._stream.accept_waveform(ASR_SAMPLE_RATE, np.zeros(int(_TAIL * ASR_SAMPLE_RATE), np.float32))
            self._stream.input_finished()
            return self._decoded()

    def _decoded(self) -> Snapshot:
        while self._recognizer.is_ready(self._stream):
            self._recognizer.decode_stream(self._stream)
        return _heard(self._recognizer.get_result_all(self._stream))


def _heard(result: Any) -> Snapshot:
    """The words of an OnlineRecognizerResult; a token that begins with a blank begins a word."""
    plain = str.lower if result.text.isupper() else str
    scores = result.ys_probs if len(result.ys_probs) == len(result.tokens) else [0.0] * len(result.tokens)
    tokens = tuple(
        TokenScore(plain(text), min(0.0, logprob), at)
        for text, logprob, at in zip(result.tokens, scores, result.timestamps, strict=True)
    )
    words = tuple(_words(tokens))
    return Snapshot(words, plain(result.text).strip(), 0, sum(token.logprob for token in tokens), tokens)


def _words(tokens: Sequence[TokenScore]) -> Iterator[Word]:
    """Tokens joined to words. A token has a start only, so a word ends one frame after its last token starts."""
    parts: list[TokenScore] = []
    for token in (*tokens, None):
        if parts and (token is None or token.text.startswith(" ")):
            text = "".join(part.text for part in parts).strip()
            if text:
                yield Word(text, parts[0].start, parts[-1].start + _FRAME, sum(part.logprob for part in parts))
            parts = []
        if token is not None:
            parts.append(token)


@contextmanager
def _failures() -> Iterator[None]:
    try:
        yield
    # onnxruntime's errors come through as several types without a common base
    except Exception as error:
        raise RecognitionError(f"sherpa-onnx failed ({error}): run `hark models verify`, then try again") from error


def _onnx(folder: Path, part: str) -> Path:
    """The part's file, the int8 one where there are several. Raises RecognitionError."""
    found = sorted(folder.glob(f"{part}*.onnx"), key=lambda path: (".int8." not in path.name, path.name))
    if not found:
        raise RecognitionError(f"no {part}*.onnx in {folder}: name a streaming transducer's folder")
    if part == "encoder" and not _streams(found[0]):
        # sherpa-onnx would end the whole process over it
        raise RecognitionError(f"{found[0]} is no streaming encoder: name a streaming transducer's folder")
    return found[0]


def _streams(encoder: Path) -> bool:
    """Whether the file's metadata speak of chunks."""
    with encoder.open("rb") as file:
        try:
            content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except ValueError:  # an empty file
            return False
        with content:
            return any(content.find(mark) >= 0 for mark in _STREAMING_MARKS)


def _alphabet(tokens: Path) -> frozenset[str]:
    """The letters of every token that is none of the special ones (<blk>, #0)."""
    lines = tokens.read_text("utf-8", "replace").splitlines()
    return frozenset(
        letter for line in lines if line.strip() and not line.startswith(("<", "#")) for letter in line.split()[0]
    )


def make(request: RecognizerRequest) -> SherpaRecognizer:
    """The factory of this backend; see RecognizerFactory."""
    from voice.store import ModelStore

    options = read_options(SherpaOptions, "asr.sherpa", request.options, "docs/recognizers.md")
    folder = ModelStore(request.models).path(options.model)
    return SherpaRecognizer.load(folder, options, language=request.language or "en", threads=request.threads)
