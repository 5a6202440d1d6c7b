"""Speak every question of questions/questions.jsonl into a 16 kHz mono wav beside it.

    python examples/make_questions.py en_US-joe-medium.onnx [id ...]

Needs `pip install 'hark-voice[piper]'` and a Piper voice: the .onnx file with its .onnx.json beside it.
"""

from __future__ import annotations

import argparse
import json
import wave
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

QUESTIONS = Path(__file__).parent / "questions"
SAMPLE_RATE = 16_000
"""Hz of the files written: what every recogniser hears."""
PACE = 1.15
"""Length of the speech relative to the voice's own pace: a person who reads a question out loud."""
SEED = 4
"""Of the voice's noise. The take in which whisper-base heard the most names right."""
SILENCE = 0.3
"""Seconds of silence before and after the words, as a person at a microphone leaves."""


def read_questions(folder: Path) -> list[dict[str, Any]]:
    """Read the questions, one JSON object a line."""
    lines = (folder / "questions.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines if line.strip()]


def resample(samples: NDArray[np.int16], rate: int) -> NDArray[np.int16]:
    """Bring mono samples of shape (n,) from `rate` Hz to SAMPLE_RATE."""
    import av
    import numpy as np

    frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
    frame.sample_rate = rate
    resampler = av.AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE)
    frames = [*resampler.resample(frame), *resampler.resample(None)]
    return np.concatenate([frame.to_ndarray().reshape(-1) for frame in frames])


def speak(voice_file: Path, text: str) -> NDArray[np.int16]:
    """Speak one question: mono samples at SAMPLE_RATE, silence at both ends."""
    import numpy as np
    import onnxruntime
    from piper import PiperVoice, SynthesisConfig

    # Noise is drawn from the seed in force when a voice is loaded: one load per question makes each recording
    # come out the same, alone or among the others.
    onnxruntime.set_seed(SEED)
    voice = PiperVoice.load(voice_file)
    chunks = list(voice.synthesize(text, SynthesisConfig(length_scale=PACE)))
    spoken = resample(np.concatenate([chunk.audio_int16_array for chunk in chunks]), chunks[0].sample_rate)
    silence = np.zeros(int(SILENCE * SAMPLE_RATE), dtype=np.int16)
    return np.concatenate([silence, spoken, silence])


def write_wav(path: Path, samples: NDArray[np.int16]) -> None:
    """Write mono 16-bit samples of shape (n,) at SAMPLE_RATE."""
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(SAMPLE_RATE)
        out.writeframes(samples.astype("<i2").tobytes())


def main() -> None:
    """Make the recordings."""
    parser = argparse.ArgumentParser(description="Speak the example questions into wav files.")
    parser.add_argument("voice", type=Path, help="a Piper voice (.onnx, with its .onnx.json beside it)")
    parser.add_argument("ids", nargs="*", help="only these questions; all when none is named")
    args = parser.parse_args()

    questions = read_questions(QUESTIONS)
    if unknown := set(args.ids) - {question["id"] for question in questions}:
        parser.error(f"no question {', '.join(sorted(unknown))}: known are {', '.join(q['id'] for q in questions)}")
    for question in questions:
        if args.ids and question["id"] not in args.ids:
            continue
        samples = speak(args.voice, question["question"])
        write_wav(QUESTIONS / question["audio"], samples)
        print(f"{question['audio']}: {len(samples) / SAMPLE_RATE:.1f} s")


if __name__ == "__main__":
    main()
