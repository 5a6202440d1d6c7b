"""The factory of the default recogniser; its options stand in [asr] itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from voice.options import Options, read_options

if TYPE_CHECKING:
    from voice.ports import RecognizerRequest
    from voice.recognize.faster_whisper import FasterWhisperRecognizer


class WhisperOptions(Options):
    """model: a name of `hark models list`, or a CTranslate2 Whisper folder. The rest: see FasterWhisperRecognizer."""

    model: str = "whisper-base"
    beam_size: int = Field(5, ge=1, le=20)
    compute_type: str = "int8"
    device: str = "cpu"
    translate: bool = False


def make(request: RecognizerRequest) -> FasterWhisperRecognizer:
    """The factory of this backend; see RecognizerFactory."""
    from voice.recognize.faster_whisper import FasterWhisperRecognizer
    from voice.store import ModelStore

    options = read_options(WhisperOptions, "asr", request.options, "docs/recognizers.md")
    return FasterWhisperRecognizer(
        ModelStore(request.models).path(options.model),
        beam_size=options.beam_size,
        language=request.language,
        device=options.device,
        compute_type=options.compute_type,
        threads=request.threads,
        task="translate" if options.translate else "transcribe",
    )
