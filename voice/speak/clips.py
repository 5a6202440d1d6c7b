"""Arrays of an engine -> clips of a sentence: cleaned, bounded, and ended by exactly one `last`."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from voice.errors import Unspeakable
from voice.speak.text import pieces
from voice.types import SpeechClip

if TYPE_CHECKING:
    from voice.types import Samples

_AUDIBLE = 0.003
"""Amplitude, -50 dBFS: breath and consonants are louder, a voice's silence is not."""
_LEAD = 0.03
"""Seconds kept before the first sound, so that it is not cut into."""


def whole_clips(sentence: str, speak: Callable[[str], Samples], sample_rate: int) -> Generator[SpeechClip, None, None]:
    """Clips of a sentence by an engine that answers with all of the sound of a text at once.

    speak: text of at most LONGEST characters -> samples, shape (n,), float32. Sentences without words are not handed
        to it. A long sentence is spoken piece by piece, each a clip.

    Raises Unspeakable when the engine has no sound for any of it (a script that the voice does not read).
    """
    rest = pieces(sentence)
    part = next(rest, None)
    heard = False
    while part is not None:
        samples = bounded(speak(part))
        part = next(rest, None)
        heard = heard or len(samples) > 0
        if len(samples) or (heard and part is None):
            yield SpeechClip(samples, sample_rate, sentence, last=part is None)
        elif part is None:
            raise unspeakable(sentence)


def streamed_clips(
    sentence: str, speak: Callable[[str], Iterator[Samples]], sample_rate: int
) -> Generator[SpeechClip, None, None]:
    """The same by an engine that streams: each array becomes a clip as it comes, and an empty clip ends the sentence.

    Closing this generator closes the iterator of `speak`, when that is a generator.
    """
    heard = False
    for part in pieces(sentence):
        arrays = speak(part)
        try:
            for samples in arrays:
                if len(samples):
                    heard = True
                    yield SpeechClip(bounded(samples), sample_rate, sentence, last=False)
        finally:
            if isinstance(arrays, Generator):
                arrays.close()
    if heard:
        yield SpeechClip(_silence(), sample_rate, sentence, last=True)
    elif next(pieces(sentence), None) is not None:
        raise unspeakable(sentence)


def prompt(clips: Iterator[SpeechClip]) -> Generator[SpeechClip, None, None]:
    """The clips without the silence that many voices put before their first word: 0.26 s with hibari.

    Only what comes before the first sound is dropped; closing this generator closes that of the clips.
    """
    begun = False
    try:
        for clip in clips:
            if not begun:
                start = onset(clip.samples, clip.sample_rate)
                begun = start is not None
                cut = len(clip.samples) if start is None else start
                clip = replace(clip, samples=clip.samples[cut:])
                if not begun and not clip.last:
                    continue
            yield clip
    finally:
        if isinstance(clips, Generator):
            clips.close()


def onset(samples: Samples, sample_rate: int) -> int | None:
    """Where to begin so that nothing of the first sound is lost, as an index; None when there is no sound."""
    import numpy as np

    loud = np.abs(samples) > _AUDIBLE
    if not loud.any():
        return None
    return max(0, int(np.argmax(loud)) - round(_LEAD * sample_rate))


def bounded(samples: Samples) -> Samples:
    """float32 in [-1, 1]; what is not a number becomes silence."""
    import numpy as np

    clean: Samples = np.nan_to_num(np.asarray(samples, np.float32), nan=0.0, posinf=1.0, neginf=-1.0).clip(-1.0, 1.0)
    return clean


def unspeakable(sentence: str) -> Unspeakable:
    """What to raise for a sentence that has words, of which the voice makes no sound."""
    return Unspeakable(
        f"this voice has no sound for {sentence.strip()[:60]!r}: choose one that reads its language (`hark voices`)"
    )


def _silence() -> Samples:
    import numpy as np

    return np.zeros(0, np.float32)
