"""Several synthesizers in a row: where one fails, the next takes over, and nothing is spoken twice."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from voice.errors import OptionError, SynthesisError, SynthesizerMissing, Unspeakable, VoiceError
from voice.resample import Resampler
from voice.speak.closing import Closing
from voice.speak.text import plain

if TYPE_CHECKING:
    from voice.ports import Synthesizer
    from voice.types import Samples, SpeechClip, SynthesizerCapabilities


@dataclass(frozen=True, slots=True)
class Link:
    """One synthesizer of a chain. make: called when it is first needed, so the models behind it load only then."""

    name: str
    make: Callable[[], Synthesizer]


@dataclass(slots=True)
class _Course:
    """How one stream goes.

    at: the link that its next sentence begins with. failed: those that failed when last tried. told: lines told.
    """

    at: int
    failed: set[int] = field(default_factory=set)
    told: set[str] = field(default_factory=set)


class FallbackSynthesizer:
    """A Synthesizer over several, the preferred one first.

    on_fallback: told in one line what failed and who goes on; the same line once for each stream.

    A sentence that fails before it was heard is spoken by the next synthesizer. One that fails in the middle ends
    there, by a clip that says so: where in its text that was, no engine tells, and words must not be heard twice. The
    rest of the stream stays with the synthesizer that took over, so the voice does not change back and forth; the next
    stream begins with the preferred one again. Silence ("none") is no voice to stay with: what failed before it has the
    next sentence again, until it fails twice in a row or is not there at all. A sentence that a voice cannot read
    (Unspeakable) is handed on alone.

    A chain that was closed has not failed: nobody takes over, and nothing is told.

    Every clip has the rate of the first synthesizer that could be made: later ones are resampled.

    The first synthesizer is made at once. Raises what the last one raised when none can be made or none can speak, and
    OptionError at once: settings are mended, not worked around.
    """

    def __init__(self, links: Sequence[Link], on_fallback: Callable[[str], None] = lambda _: None) -> None:
        assert links
        self._links = tuple(links)
        self._made: dict[str, Synthesizer] = {}
        self._making = threading.Lock()
        self._closing = Closing("the voice")
        self._tell = on_fallback
        self._begin, self._preferred = self._first()
        self._rate = self._preferred.capabilities.sample_rate

    @property
    def name(self) -> str:
        """The name of the first synthesizer that could be made."""
        return self._preferred.name

    @property
    def capabilities(self) -> SynthesizerCapabilities:
        """What the first synthesizer that could be made can do."""
        return self._preferred.capabilities

    def stream(self, sentences: Iterable[str]) -> Generator[SpeechClip, None, None]:
        """See Synthesizer. Raises what the last of the chain raises."""
        course = _Course(self._begin)
        for sentence in sentences:
            yield from self._closing.until(self._sentence(sentence, course))

    def close(self) -> None:
        """Close every synthesizer that was made; waits for one that is being made."""
        self._closing.close()
        with self._making:
            for synthesizer in self._made.values():
                synthesizer.close()

    def _sentence(self, sentence: str, course: _Course) -> Generator[SpeechClip, None, None]:
        """Speak one sentence with the first link that can, from the course's on."""
        for at in range(course.at, len(self._links)):
            heard: SpeechClip | None = None
            try:
                for clip in self._clips(self._links[at], sentence):
                    heard = clip
                    yield clip
            except OptionError:
                raise
            except Exception as error:
                self._closing.check()
                self._move_on(at, error, course, heard=heard is not None)
                if heard is None:
                    continue
                if not heard.last:
                    yield replace(heard, samples=heard.samples[:0], last=True, broken=True)
            else:
                course.failed.discard(at)
            return

    def _clips(self, link: Link, sentence: str) -> Generator[SpeechClip, None, None]:
        resampler: Resampler | None = None
        clips = self._synthesizer(link).stream([sentence])
        try:
            for clip in clips:
                self._rate = self._rate or clip.sample_rate
                if clip.sample_rate != self._rate:
                    resampler = resampler or Resampler(clip.sample_rate, self._rate, quality="HQ")
                    samples: Samples = resampler.feed(clip.samples, last=clip.last).clip(-1.0, 1.0)
                    if not len(samples) and not clip.last:
                        continue
                    yield replace(clip, samples=samples, sample_rate=self._rate)
                else:
                    yield clip
        finally:
            clips.close()

    def _first(self) -> tuple[int, Synthesizer]:
        course = _Course(0)
        for at, link in enumerate(self._links):
            try:
                return at, self._synthesizer(link)
            except OptionError:
                raise
            except Exception as error:
                self._move_on(at, error, course)
        raise AssertionError("the last link's failure is raised")

    def _synthesizer(self, link: Link) -> Synthesizer:
        with self._making:
            self._closing.check()
            if link.name not in self._made:
                self._made[link.name] = link.make()
            return self._made[link.name]

    def _move_on(self, at: int, error: Exception, course: _Course, *, heard: bool = False) -> None:
        """Tell who goes on after link `at`, whose sentence was heard in part. Raises the error when nobody does."""
        if not isinstance(error, VoiceError):
            told = f"the synthesizer '{self._links[at].name}' failed ({type(error).__name__}: {error})"
            error = SynthesisError(f"{plain(told)}: choose another with tts.synthesizer")
        if at + 1 == len(self._links):
            raise error
        following = self._links[at + 1].name
        gone = following != "none" or at in course.failed or isinstance(error, SynthesizerMissing)
        if gone and course.at == at and not isinstance(error, Unspeakable):
            course.at = at + 1
        if not isinstance(error, Unspeakable):
            course.failed.add(at)
        goes_on = f"{following} speaks instead" if following != "none" else "no voice is left for it"
        line = f"{error}; {goes_on}{' from the next sentence on' if heard else ''}"
        if line not in course.told:
            course.told.add(line)
            self._tell(line)
