"""Everything that can go wrong between sound and text. Each message says what to do next.

VoiceError
├── AudioError            a file, a pipe or a device could not be read or written
├── RecognitionError      the recogniser failed
│   └── RecognizerMissing     a package or server it needs is not here
├── SynthesisError        the synthesizer failed
│   ├── SynthesizerMissing    a package, program or server it needs is not here
│   └── Unspeakable           the voice has no sound for this text; others it speaks
├── OptionError           a backend was given an option it does not have, or a value it cannot take
└── StoreError            a model could not be found, fetched or trusted
    ├── ModelMissing      not pulled yet: run the command in the message
    ├── ModelDamaged      a file's SHA-256 is not the recorded one
    └── PullFailed        no source could deliver it (retryable)
"""

from __future__ import annotations


class VoiceError(Exception):
    """Base of the tree. `retryable` says whether the same call may succeed later."""

    retryable: bool = False


class AudioError(VoiceError):
    """A file, a pipe or a device could not be read or written."""


class RecognitionError(VoiceError):
    """The recogniser failed on this audio."""


class RecognizerMissing(RecognitionError):
    """A package or a server that the recogniser needs is not here."""


class SynthesisError(VoiceError):
    """The synthesizer failed on this text."""


class SynthesizerMissing(SynthesisError):
    """A package, a program or a server that the synthesizer needs is not here."""


class Unspeakable(SynthesisError):
    """The voice has no sound for this text, such as another script; others it speaks."""


class OptionError(VoiceError):
    """A backend was given an option it does not have, or a value it cannot take."""


class StoreError(VoiceError):
    """A model could not be found, fetched or trusted."""


class ModelMissing(StoreError):
    """The model has not been pulled."""


class ModelDamaged(StoreError):
    """A model file is not what its recorded SHA-256 says."""


class PullFailed(StoreError):
    """No source could deliver the model."""

    retryable = True
