"""Listening: a source, a turn detector and a streaming recogniser joined; see voice.events for what it tells."""

from voice.listener.hearing import Hearing, Job, ListenOptions
from voice.listener.listener import Listener

__all__ = ["Hearing", "Job", "ListenOptions", "Listener"]
