"""Scores of records and figures of sets, equal to the datasets' official scorers.

Sources: HotpotQA's hotpot_evaluate_v1, 2WikiMultihopQA's evaluation 1.1, MuSiQue's evaluate_v1.0, SQuAD 2.0's.
"""

from agent.evals.metrics.calibration import Bin, Calibration, calibration
from agent.evals.metrics.registry import METRICS, Metric
from agent.evals.metrics.scoring import score
from agent.evals.metrics.summary import Figure, summary

__all__ = ["METRICS", "Bin", "Calibration", "Figure", "Metric", "calibration", "score", "summary"]
