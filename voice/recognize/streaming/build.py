"""The right stream for a recogniser."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

from voice.recognize.streaming.generic import GENERIC, GenericStreaming

if TYPE_CHECKING:
    from voice.ports import Recognizer, StreamingRecognizer
    from voice.recognize.streaming.options import StreamingOptions


def streaming(recognizer: Recognizer, options: StreamingOptions) -> StreamingRecognizer:
    """A StreamingRecognizer over the recogniser.

    One that streams by itself is left to do so. Whisper has quick passes for `early`; its `local-agreement` hears full
    30 s windows, as in the literature. Every other one transcribes its window anew in each pass.
    """
    if hasattr(recognizer, "stream"):
        return cast("StreamingRecognizer", recognizer)
    from voice.recognize.faster_whisper import FasterWhisperRecognizer
    from voice.recognize.windows import FULL_WINDOWS

    if isinstance(recognizer, FasterWhisperRecognizer):
        if options.policy == "early":
            from voice.recognize.streaming.whisper import WhisperStreaming

            return WhisperStreaming(recognizer, options)
        recognizer = recognizer.with_windows(FULL_WINDOWS)
    longer = replace(options, first=GENERIC.first, window=GENERIC.window, context=GENERIC.context)
    return GenericStreaming(recognizer, longer)
