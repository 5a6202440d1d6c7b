"""Who speaks a text in a language that the voice does not: another voice, or nobody, and it is said once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from voice.speak.tongue import foreign, in_words

if TYPE_CHECKING:
    from voice.ports import Synthesizer

_MEND = "install espeak-ng, or set tts.synthesizer"


class Tongues:
    """The voices for other languages, each made when first needed and kept; its calls may come from any thread.

    other: makes the voice for an ISO 639-1 code; None where there is none. tell: told one line for each language, once.
    """

    def __init__(
        self, other: Callable[[str], Synthesizer | None] = lambda _: None, tell: Callable[[str], None] = lambda _: None
    ) -> None:
        self._other = other
        self._tell = tell
        self._made: dict[str, Synthesizer | None] = {}
        self._making = threading.Lock()

    def speaker(self, voice: Synthesizer, text: str) -> Synthesizer | None:
        """The voice, where nothing shows that it does not speak the language of the text; else another, or None."""
        spoken = voice.capabilities.languages
        code = foreign(text, spoken)
        if not code:
            return voice
        with self._making:
            if code not in self._made:
                other = self._made[code] = self._other(code)
                ends = f"spoken by {other.name}" if other else f"shown, not spoken; {_MEND}"
                speaks = " and ".join(dict.fromkeys(map(in_words, spoken)))
                self._tell(f"the answer is in {in_words(code)} and the voice {voice.name} speaks {speaks}: {ends}")
            return self._made[code]

    def close(self) -> None:
        """Close every voice that was made."""
        with self._making:
            made, self._made = self._made, {}
        for other in made.values():
            if other:
                other.close()
