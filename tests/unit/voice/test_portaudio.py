"""What PortAudio's error codes become; the real library is driven in tests/soundcard."""

from __future__ import annotations

import pytest

from voice.portaudio import explain


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("Error opening InputStream: Device unavailable", -9985), "'mic' is in use by another program: close that"),
        (("Unanticipated host error", -9999, (0, -16, "Device or resource busy")), "is in use by another program"),
        (("Unanticipated host error", -9999, (0, -13, "Permission denied")), "no permission to use 'mic': allow it"),
        (("Unanticipated host error", -9999, (0, -5, "Input/output error")), r"cannot open 'mic' \(Input/output error"),
        (("Invalid sample rate", -9997), r"cannot open 'mic' \(Invalid sample rate\): is it connected"),
        (("No input device matching 7",), "cannot open 'mic'"),
        ((), "cannot open 'mic'"),
    ],
)
def test_every_failure_names_the_device_and_a_mend(arguments: tuple[object, ...], message: str) -> None:
    with pytest.raises(Exception, match=message) as caught:
        raise explain(ValueError(*arguments), "mic")
    assert "\n" not in str(caught.value)
