"""A sample over three paragraphs, two of which answer it, and a model that reads them as it is told."""

from __future__ import annotations

from agent.evals.types import Gold, Paragraph, Sample

SAMPLE = Sample(
    "larvik",
    "In which town was the leader of the Kon-Tiki expedition born?",
    Gold(("Larvik",), supports=(("Kon-Tiki expedition", 1), ("Thor Heyerdahl", 1))),
    (
        Paragraph(0, "Ra II", ("Ra II was a boat of reeds. ", "It crossed the Atlantic in 1970.")),
        Paragraph(
            1,
            "Kon-Tiki expedition",
            ("The Kon-Tiki expedition was a journey by raft. ", "It was led by Thor Heyerdahl in 1947."),
            True,
        ),
        Paragraph(
            4,
            "Thor Heyerdahl",
            ("Thor Heyerdahl was an adventurer (b. 1914). ", "", "Heyerdahl was born in Larvik. He died in Italy."),
            True,
        ),
    ),
)
