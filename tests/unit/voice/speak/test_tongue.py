"""Which language a text is plainly in."""

from __future__ import annotations

import pytest

from voice.speak.tongue import foreign, in_words, speaks


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("de", "Die Hauptstadt von Peru ist Lima."),
        ("de", "Der Film „The Lord of the Rings“ wurde von Peter Jackson gedreht."),
        ("fr", "Le pont a été ouvert en 1883."),
        ("es", "La capital de Perú es Lima."),
        ("it", "Il ponte è stato aperto nel 1883."),
        ("pt", "A ponte foi inaugurada em 1883 e é muito famosa."),
        ("nl", "De brug werd in 1883 geopend en is nog in gebruik."),
        ("ru", "Столица Перу - Лима."),
        ("el", "Η Αθήνα είναι πρωτεύουσα."),
        ("ar", "القاهرة عاصمة مصر"),
        ("he", "ירושלים היא עיר"),
        ("zh", "东京是日本的首都。"),
        ("ja", "東京は日本の首都です。"),
        ("ko", "서울은 한국의 수도이다."),
        ("hi", "दिल्ली भारत की राजधानी है"),
    ],
)
def test_a_sentence_in_another_language_is_known(code: str, text: str) -> None:
    assert foreign(text, ["en-us"]) == code
    assert foreign(text, ["en", f"{code}-xx"]) == ""
    assert foreign(text, []) == ""


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1883",
        "The answer is Lima.",
        "Lima ist es.",
        "Lima est Rimac Callao.",
        "Los Angeles de la Cruz is in El Salvador.",
        "José Ortega y Gasset, Miguel de Unamuno, Juan de la Cruz",
        "Vincent van Gogh, Rembrandt van Rijn, Pieter de Hooch",
        "Und täglich grüßt das Murmeltier was a hit in Germany.",
        "Il y a longtemps que je t'aime is a 2008 film by Philippe Claudel.",
        "La vie est belle et le monde de la nuit was directed by Jean Renoir.",
        "He wrote 'Die Leiden des jungen Werthers ist in der Welt'.",
        "Maison de la Reine, est. 1883, Paris.",
        "The Greek name of Athens is Αθήνα.",
    ],
)
def test_names_and_titles_are_no_other_language(text: str) -> None:
    assert foreign(text, ["en"]) == ""


def test_english_is_foreign_to_a_german_voice() -> None:
    assert foreign("The capital of Peru is Lima.", ["de_DE"]) == "en"


def test_a_voice_of_a_language_of_the_same_script_is_trusted() -> None:
    assert foreign("Київ - столиця України.", ["uk"]) == ""
    assert foreign("東京都", ["ja"]) == ""


def test_codes_are_compared_without_their_region_and_named_in_words() -> None:
    assert speaks(["en-us", "pt_BR"], "pt")
    assert not speaks(["en-us"], "pt")
    assert speaks(["cmn"], "zh")
    assert [in_words("de-at"), in_words("xx")] == ["German", "xx"]
