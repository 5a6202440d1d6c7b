"""Settings in their layers, folders, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from agent.config import Budget, Paths, Settings, load
from agent.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping


def home(tmp_path: Path, toml: str = "") -> dict[str, str]:
    """An environment whose config folder holds this hark.toml."""
    config = tmp_path / "config"
    config.mkdir(exist_ok=True)
    (config / "hark.toml").write_text(toml, encoding="utf-8")
    return {"HARK_HOME": str(tmp_path)}


def test_without_any_layer_the_defaults_stand(tmp_path: Path) -> None:
    assert load(environ={"HARK_HOME": str(tmp_path / "none")}) == Settings()


def test_each_layer_covers_the_one_before(tmp_path: Path) -> None:
    toml = "[asr]\nn_best = 2\nbeam_size = 2\nthreads = 2\n[tts]\nspeed = 1.5"
    environ = home(tmp_path, toml) | {"HARK_ASR__BEAM_SIZE": "3", "HARK_ASR__THREADS": "3"}
    settings = load(environ=environ, flags={"asr": {"threads": 4}})
    asr = settings.asr
    assert (asr.n_best, asr.beam_size, asr.threads, asr.model) == (2, 3, 4, Settings().asr.model)
    assert settings.tts.speed == 1.5
    assert type(settings) is Settings


def test_a_named_file_stands_in_for_the_users_own(tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    other.write_text("[asr]\nn_best = 7\n", encoding="utf-8")
    settings = load(file=other, environ=home(tmp_path, "[asr]\nbeam_size = 9\n"))
    assert (settings.asr.n_best, settings.asr.beam_size) == (7, Settings().asr.beam_size)
    with pytest.raises(ConfigError, match=r"no settings file .*none\.toml.*--config"):
        load(file=tmp_path / "none.toml", environ={})


def test_a_file_in_the_working_folder_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    work = tmp_path / "work"
    work.mkdir()
    (work / "hark.toml").write_text("[asr]\nn_best = 9\n", encoding="utf-8")
    (work / ".env").write_text("HARK_ASR__N_BEST=8\n", encoding="utf-8")
    monkeypatch.chdir(work)
    assert load(environ={"HARK_HOME": str(tmp_path)}) == Settings()


@pytest.mark.parametrize(
    ("toml", "environ", "flags", "known"),
    [
        ("[asr]\nn_bets = 3", {}, {}, ["asr.n_bets", "n_best", "beam_size"]),
        ("[ars]\nn_best = 3", {}, {}, ["ars", "asr", "llm", "retrieval"]),
        ("", {"HARK_LLM__BASE_ULR": "x"}, {}, ["llm.base_ulr", "base_url", "api_key"]),
        ("", {"HARK_LMM__BASE_URL": "x"}, {}, ["HARK_LMM__BASE_URL", "HARK_LLM__*", "HARK_HOME"]),
        ("", {"HARK_DEBUG": "1"}, {}, ["HARK_DEBUG", "HARK_ASR__*"]),
        ("", {}, {"budget": {"hobs": 1}}, ["budget.hobs", "hops", "calls"]),
        ("[tts]\nspede = 1.5", {}, {}, ["tts.spede", "speed", "synthesizer", "a table for each backend"]),
        ("", {"HARK_TTS__VOICE": "heart"}, {}, ["tts.voice", "a table for each backend"]),
    ],
)
def test_an_unknown_key_names_the_valid_ones(
    tmp_path: Path,
    toml: str,
    environ: Mapping[str, str],
    flags: Mapping[str, Any],
    known: list[str],
) -> None:
    with pytest.raises(ConfigError) as caught:
        load(environ=home(tmp_path, toml) | dict(environ), flags=flags)
    message = str(caught.value)
    assert all(name in message for name in known), message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ("[asr]\nn_best = 0", "asr.n_best.*greater than or equal to 1"),
        ("[asr]\nn_best = 'many'", "asr.n_best.*integer"),
        ("[tts]\nspeed = 9.0", "tts.speed.*less than or equal to 2"),
        ("[llm]\ntimeout = 0", "llm.timeout.*greater than 0"),
        ("asr = 3", "asr"),
        ("[asr", "cannot read settings from .*hark.toml"),
        ("\x00", "cannot read settings"),
    ],
)
def test_a_bad_value_is_told_with_its_key(tmp_path: Path, toml: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said) as caught:
        load(environ=home(tmp_path, toml))
    assert "\n" not in str(caught.value)


def test_broken_json_in_the_environment_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="hark config show"):
        load(environ=home(tmp_path) | {"HARK_LLM": "{broken"})


def test_secrets_never_show(tmp_path: Path) -> None:
    settings = load(environ=home(tmp_path, "[llm]\napi_key = 'sk-very-secret'\n"))
    assert settings.llm.api_key
    assert settings.llm.api_key.get_secret_value() == "sk-very-secret"
    for shown in (repr(settings), str(settings), settings.model_dump_json(), repr(settings.llm), str(settings.llm)):
        assert "sk-very" not in shown


def test_a_bad_secret_is_not_quoted(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(environ=home(tmp_path, "[llm]\napi_key = ['sk-very-secret']\n"))
    assert "sk-very" not in str(caught.value)


def test_settings_do_not_change() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Settings().budget.hops = 9  # type: ignore[misc]


def test_every_setting_has_a_meaning() -> None:
    for group in Settings.model_fields.values():
        assert isinstance(group.annotation, type)
        for name, field in group.annotation.model_fields.items():
            assert field.description, name


def test_hark_home_moves_every_folder(tmp_path: Path) -> None:
    paths = Paths.standard({"HARK_HOME": str(tmp_path)})
    for folder in (paths.config, paths.data, paths.cache, paths.state, paths.models, paths.indexes):
        assert tmp_path in folder.parents
    assert Paths.standard({"HARK_HOME": "~/somewhere"}).data == Path.home() / "somewhere" / "data"
    assert tmp_path not in Paths.standard({}).cache.parents


def test_a_group_may_be_given_as_json(tmp_path: Path) -> None:
    assert load(environ=home(tmp_path) | {"HARK_BUDGET": '{"hops": 2}'}).budget == Budget(hops=2)


def test_each_synthesizer_has_a_table_in_every_layer(tmp_path: Path) -> None:
    toml = '[tts.piper]\nvoice = "piper-joe"\nspeaker = 1\n[tts.other]\nx = [1, 2]'
    environ = home(tmp_path, toml) | {"HARK_TTS__PIPER__SPEAKER": "2"}
    tables = load(environ=environ, flags={"tts": {"piper": {"voice": "piper-alba"}}}).tts.tables
    assert tables == {"piper": {"voice": "piper-alba", "speaker": "2"}, "other": {"x": [1, 2]}}
    assert Settings().tts.tables == {}


def test_keys_in_tables_are_out_of_sight(tmp_path: Path) -> None:
    toml = '[tts.openai]\napi_key = "sk-file"\n[tts.wyoming]\ntoken = "sk-token"'
    tts = load(environ=home(tmp_path, toml)).tts
    assert "sk-" not in repr(tts)
    assert tts.tables["openai"]["api_key"].get_secret_value() == "sk-file"
