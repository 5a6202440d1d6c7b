from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.contract.recognizers import RecognizerContract
from tests.fakes.transcription_server import Heard, TranscriptionServer, Turn, verbose
from voice.errors import OptionError, RecognitionError, RecognizerMissing
from voice.ports import RecognizerRequest
from voice.recognize.http import HttpOptions, HttpRecognizer, make

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from voice.types import Samples

QUESTION = "Which river does the Garabit viaduct cross?"


class StepClock:
    """Sleeps take no time but are remembered."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def now(self) -> float:
        """Only sleeping makes it later."""
        return sum(self.slept)

    def sleep(self, seconds: float) -> None:
        """Remember."""
        self.slept.append(seconds)


def listener(server: TranscriptionServer | str, clock: StepClock | None = None, **options: Any) -> HttpRecognizer:
    """A recogniser for the server."""
    url = server if isinstance(server, str) else server.url
    language = options.pop("language", "en")
    return HttpRecognizer(HttpOptions(base_url=url, **options), language=language, clock=clock)


@pytest.fixture
def server() -> Iterator[TranscriptionServer]:
    with TranscriptionServer(verbose(QUESTION)) as running:
        yield running


class TestContract(RecognizerContract):
    @pytest.fixture
    def ear(self, server: TranscriptionServer) -> HttpRecognizer:
        return listener(server)


def test_one_reading_with_words_times_and_score(server: TranscriptionServer, speech: Samples) -> None:
    heard = listener(server).transcribe(speech)
    (reading,) = heard.hypotheses
    assert reading.text == QUESTION
    assert [word.text for word in reading.words] == QUESTION.split()
    assert reading.words[2].start == pytest.approx(2 / 3)
    assert reading.logprob == pytest.approx(-0.2 * 8)  # seven tokens and the end
    assert reading.posterior == 1.0
    assert heard.no_speech_probability == pytest.approx(0.01)


def test_the_sound_arrives_as_it_was(server: TranscriptionServer, speech: Samples) -> None:
    listener(server).transcribe(speech)
    (heard,) = server.requests
    assert np.array_equal(heard.samples, speech)
    listener(server).transcribe(np.float32(20) * speech)
    clipped = server.requests[-1].samples
    assert np.array_equal(np.sign(clipped), np.sign(speech))


def test_what_is_asked(server: TranscriptionServer, speech: Samples) -> None:
    listener(server, model="whisper-large", language="fr").transcribe(speech, hints=["Garabit", "Truyère"])
    assert server.requests[0].fields == {
        "model": ["whisper-large"],
        "response_format": ["verbose_json"],
        "temperature": ["0"],
        "language": ["fr"],
        "prompt": ["Garabit, Truyère"],
        "timestamp_granularities[]": ["word", "segment"],
    }


def test_a_language_is_left_to_the_server_where_none_is_given(server: TranscriptionServer, speech: Samples) -> None:
    server.turns = [verbose("Quelle rivière ?", language="french"), verbose("Hm.", language="cy")]
    ear = listener(server, language=None)
    assert ear.transcribe(speech).language == "fr"
    assert ear.transcribe(speech).language == "cy"
    assert "language" not in server.requests[0].fields


def test_silence_is_not_sent(server: TranscriptionServer) -> None:
    assert listener(server).transcribe(np.zeros(32_000, np.float32)).hypotheses == ()
    assert server.tries == 0


def test_a_key_goes_to_its_server_only(server: TranscriptionServer, speech: Samples) -> None:
    listener(server, api_key="sk-1").transcribe(speech)
    listener(server).transcribe(speech)
    assert server.requests[0].headers["authorization"] == "Bearer sk-1"
    assert "authorization" not in server.requests[1].headers
    elsewhere = Turn("", 307, {"Location": f"{server.url}/audio/transcriptions"})
    with TranscriptionServer(elsewhere) as other, pytest.raises(RecognitionError, match="307"):
        listener(other, api_key="sk-2").transcribe(speech)
    assert len(server.requests) == 2


def test_a_server_here_is_reached_past_a_proxy(
    server: TranscriptionServer, speech: Samples, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert listener(server).transcribe(speech).text == QUESTION


def test_a_server_without_times_is_asked_for_plain_json_from_then_on(speech: Samples) -> None:
    with TranscriptionServer(Turn({"text": f" {QUESTION}\n"}), plain=True) as server:
        ear = listener(server)
        (reading,) = ear.transcribe(speech).hypotheses
        assert (reading.text, reading.words, reading.logprob) == (QUESTION, (), 0.0)
        ear.transcribe(speech)
        assert server.tries == 3
        assert [each.fields["response_format"] for each in server.requests] == [["json"], ["json"]]


@pytest.mark.parametrize("text", ["", "  ", "…", " . "])
def test_a_reply_without_words_is_nothing_said(server: TranscriptionServer, speech: Samples, text: str) -> None:
    server.turns = [Turn({"text": text})]
    assert listener(server).transcribe(speech).hypotheses == ()


BUSY = Turn({"error": {"message": "slow down"}}, 429, {"Retry-After": "3"})
BROKEN = Turn("<html>oops</html>", 503)
GONE = Turn(drop=True)
SHORT = Turn({"text": QUESTION}, cut=True)


@pytest.mark.parametrize(
    ("turns", "slept"),
    [([BUSY], [3.0]), ([BROKEN], [0.5]), ([GONE], [0.5]), ([SHORT], [0.5]), ([GONE, BROKEN], [0.5, 1.0])],
    ids=["429", "503", "dropped", "cut short", "twice"],
)
def test_passing_trouble_is_waited_out(
    server: TranscriptionServer, speech: Samples, turns: list[Turn], slept: list[float]
) -> None:
    server.turns[:0] = turns
    clock = StepClock()
    assert listener(server, clock).transcribe(speech).text == QUESTION
    assert clock.slept == slept


def test_patience_ends(speech: Samples) -> None:
    with TranscriptionServer(BROKEN) as server:
        with pytest.raises(RecognitionError, match=r"answered 503 \(<html>oops</html>\): try again later"):
            listener(server, StepClock(), retries=2).transcribe(speech)
        assert server.tries == 3
    with TranscriptionServer(BUSY) as server:
        with pytest.raises(RecognitionError, match=r"answered 429 \(slow down\)"):
            listener(server, StepClock(), timeout=2.0).transcribe(speech)
        assert server.tries == 1


def test_nobody_answers(speech: Samples) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(RecognizerMissing, match=r"no transcription server at http://127\.0\.0\.1:") as caught:
        listener(f"http://127.0.0.1:{port}/v1", StepClock()).transcribe(speech)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("turn", "message"),
    [
        (Turn("<!doctype html><p>Welcome"), r"gave no transcription \(the reply: Invalid JSON"),
        (Turn({"texts": ["a"]}), r"gave no transcription \(text: Field required\)"),
        (Turn(["a"]), "gave no transcription"),
        (Turn({"text": 5}), "gave no transcription"),
        (Turn({"text": "a", "segments": [{"avg_logprob": 2.0}]}), r"segments\.0\.avg_logprob"),
        (Turn({"text": "a", "words": [{"word": "a"}]}), r"words\.0\.start"),
        (Turn({"text": "a" * (9 << 20)}), "answered with more than 8 MB"),
        (
            Turn({"error": {"message": "bad key sk-secret\nsecond line"}}, 401),
            r"refused the key: set asr\.openai\.api_key",
        ),
        (Turn({"detail": "sk-secret is not welcome"}, 418), r"with 418 \(\*\*\* is not welcome\)"),
        (Turn({"error": {"message": "model not found"}}, 404), r"has no model 'whisper-1', or no transcriptions"),
        (Turn({"error": "too large"}, 413), "no recording of this length"),
        (Turn("x" * 100_000, 400), "refused the recording with 400"),
    ],
    ids=lambda value: value if isinstance(value, str) else str(value.status),
)
def test_what_is_no_transcription_is_one_line(
    server: TranscriptionServer, speech: Samples, turn: Turn, message: str
) -> None:
    server.turns = [turn]
    with pytest.raises(RecognitionError, match=message) as caught:
        listener(server, StepClock(), api_key="sk-secret").transcribe(speech)
    said = str(caught.value)
    assert "\n" not in said
    assert "sk-secret" not in said
    assert len(said) < 400
    assert len(server.requests) == 1


@pytest.mark.parametrize("drip", [0.02, 1.0], ids=["byte by byte", "not at all"])
def test_a_slow_server_is_left(server: TranscriptionServer, speech: Samples, drip: float) -> None:
    server.turns = [Turn({"text": "a" * 200}, drip=drip)]
    with pytest.raises(RecognitionError, match=r"within 0\.3 s: raise asr\.openai\.timeout"):
        listener(server, timeout=0.3).transcribe(speech)


def test_text_of_a_server_is_only_text(server: TranscriptionServer, speech: Samples) -> None:
    server.turns = [Turn({"text": "[red]a\n\nb[/red]", "words": [{"word": " ", "start": 0, "end": 99}]})]
    (reading,) = listener(server).transcribe(speech).hypotheses
    assert reading.text == "[red]a b[/red]"
    assert reading.words == ()


def test_options_are_checked(tmp_path: Path) -> None:
    def request(**options: object) -> RecognizerRequest:
        return RecognizerRequest(options, "en", 0, tmp_path)

    with pytest.raises(OptionError, match=r"setting 'asr\.openai\.base_url': Field required"):
        make(request())
    with pytest.raises(OptionError, match=r"asr\.openai\.base_url': must be a URL"):
        make(request(base_url="localhost:8000"))
    with pytest.raises(OptionError) as caught:
        make(request(base_url="http://127.0.0.1/v1", api_key="sk-secret\n"))
    assert "sk-secret" not in str(caught.value)
    assert make(request(base_url="http://127.0.0.1:1/v1/", model="m")).name == "openai:m"


def test_the_server_of_these_tests_refuses_what_the_protocol_does_not_have() -> None:
    with TranscriptionServer() as server:
        headers = {"content-type": "multipart/form-data; boundary=x"}
        part = b'--x\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n--x--\r\n'
        assert (
            "unknown field"
            in server.reply("/v1/audio/transcriptions", headers, part % (b"n_best", b"5")).body["error"]["message"]
        )
        assert "model is required" in str(
            server.reply("/v1/audio/transcriptions", headers, part % (b"language", b"en")).body
        )
        assert "no such path" in str(server.reply("/v1/transcribe", headers, b"").body)
        assert "multipart" in str(server.reply("/v1/audio/transcriptions", {"content-type": "audio/wav"}, b"").body)
        assert "no WAV" in str(server.reply("/v1/audio/transcriptions", headers, part % (b"model", b"m")).body)
        assert server.requests == []


def test_a_transcriber_can_stand_behind_it(speech: Samples) -> None:
    def answer(heard: Heard) -> dict[str, Any]:
        return {"text": f"{len(heard.samples)} samples"}

    with TranscriptionServer(answer=answer) as server:
        assert listener(server).transcribe(speech).text == f"{len(speech)} samples"
