"""Which words of a pass are final. Policies are pure: they see passes and say how many words to commit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from voice.recognize.nbest import reading_key

if TYPE_CHECKING:
    from voice.recognize.streaming.options import StreamingOptions
    from voice.types import Word

_SAME_PLACE = 0.3


@dataclass(frozen=True, slots=True)
class Heard:
    """One pass as a policy sees it.

    words: those after the committed ones, times in seconds from the utterance's start.
    edge: seconds of the utterance that the pass heard.
    paused: whether the speaker had paused at the edge.
    """

    words: tuple[Word, ...]
    edge: float
    paused: bool = False


class CommitPolicy(Protocol):
    """Decides how much of the newest pass is final."""

    def commit(self, passes: Sequence[Heard]) -> int:
        """How many words of the last pass to commit.

        passes: in order, the newest last; words committed since are no longer in the older ones.
        """
        ...


@dataclass(frozen=True, slots=True)
class LocalAgreement:
    """Commits the longest common prefix of the last `count` passes.

    LocalAgreement-n of Liu et al. 2020 (Low-latency sequence-to-sequence speech recognition), as whisper_streaming
    (Macháček et al. 2023) uses it with n = 2.
    """

    count: int = 2

    def commit(self, passes: Sequence[Heard]) -> int:
        """See CommitPolicy."""
        if len(passes) < self.count:
            return 0
        spelt = [[reading_key(word.text) for word in heard.words] for heard in passes[-self.count :]]
        agreed = 0
        for column in zip(*spelt, strict=False):
            if len(set(column)) > 1:
                break
            agreed += 1
        return agreed


@dataclass(frozen=True, slots=True)
class Early:
    """Commits words that an alignment places well before the edge of what was heard.

    After AlignAtt (Papi et al. 2023): a word whose attention lies away from the newest frames will not change. How
    far away depends on how sure it is: a likely word that the pass before heard alike needs `sure_margin`, one that is
    neither needs `margin`, one that is either the mean of the two. The last word of a pass stays open, since it may
    be half of one. In a pause everything is over.

    Margins in seconds and `sure`, a probability, as in StreamingOptions.
    """

    margin: float
    sure_margin: float
    sure: float

    def commit(self, passes: Sequence[Heard]) -> int:
        """See CommitPolicy."""
        newest = passes[-1]
        if newest.paused:
            return len(newest.words)
        before = passes[-2].words if len(passes) > 1 else ()
        count = 0
        for word in newest.words[:-1]:
            if word.end > newest.edge - self._needed(word, before):
                break
            count += 1
        return count

    def _needed(self, word: Word, before: Sequence[Word]) -> float:
        likely = word.logprob >= math.log(self.sure)
        stood = any(_alike(old, word) for old in before)
        share = (likely + stood) / 2
        return share * self.sure_margin + (1 - share) * self.margin


def _alike(old: Word, new: Word) -> bool:
    return reading_key(old.text) == reading_key(new.text) and abs(old.start - new.start) < _SAME_PLACE


def build_policy(options: StreamingOptions) -> CommitPolicy:
    """The policy of these options."""
    if options.policy == "local-agreement":
        return LocalAgreement(options.agreement)
    return Early(options.margin, options.sure_margin, options.sure)
