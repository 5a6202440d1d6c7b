"""Models on disk: a manifest of what there is, and a store that fetches, verifies and finds it."""

from voice.store.manifest import Manifest, Model
from voice.store.models import Entry, ModelStore
from voice.store.pull import Progress

__all__ = ["Entry", "Manifest", "Model", "ModelStore", "Progress"]
