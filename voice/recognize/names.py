"""How names are compared when one was heard and the other is written: by their letters and by their sound."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# fmt: off
_STROKES = str.maketrans({
    "ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D", "ß": "ss",
    "æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe", "þ": "th", "ð": "d",
})
# fmt: on


def spelled(name: str) -> str:
    """A name as it is compared: without case, accents, punctuation and a leading article."""
    folded = unicodedata.normalize("NFKD", name.translate(_STROKES)).casefold()
    parts = re.sub(r"[^\w\s]|_", " ", "".join(ch for ch in folded if not unicodedata.combining(ch))).split()
    return " ".join(parts[1:] if len(parts) > 1 and parts[0] in {"the", "a", "an"} else parts)


def sounded(name: str) -> str:
    """How a name sounds, roughly: the Metaphone keys of its words in one string, for a recogniser hears no blanks."""
    from jellyfish import metaphone

    # Metaphone keeps a vowel at the start of a word as it is written; which one was heard says little.
    return "".join(re.sub("^[EIOU]", "A", metaphone(word)) for word in spelled(name).split())


class Forms:
    """Spellings to compare others with, prepared once. Each as `spelled` returns it."""

    def __init__(self, spellings: Sequence[str]) -> None:
        import numpy as np

        self._letters = [spelling.replace(" ", "") for spelling in spellings]
        self._sounds = [sounded(spelling) for spelling in spellings]
        self._lengths = np.array([len(sound) for sound in self._sounds])

    def similarity(self, keys: Sequence[str]) -> NDArray[np.float32]:
        """How alike each of some spelled keys is to each form, in [0, 1]: shape (len(keys), len(forms)).

        Half the Indel similarity of the letters, half that of the sounds. Short sounds weigh less, for many names
        share "KR". 1.0 where the letters are the same.
        """
        import numpy as np
        from rapidfuzz import process
        from rapidfuzz.distance import Indel

        sounds = [sounded(key) for key in keys]
        lengths = np.array([len(sound) for sound in sounds])
        spelled_alike = process.cdist(
            [key.replace(" ", "") for key in keys],
            self._letters,
            scorer=Indel.normalized_similarity,
            dtype=np.float32,
        )
        sounding_alike = process.cdist(sounds, self._sounds, scorer=Indel.normalized_similarity, dtype=np.float32)
        trust = 0.5 * np.minimum(1.0, (lengths[:, None] + self._lengths) / 6)
        mixed: NDArray[np.float32] = (1 - trust) * spelled_alike + trust * sounding_alike
        return mixed.astype(np.float32)
