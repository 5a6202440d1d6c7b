"""A streaming transducer that says what it was told to: ONNX files that sherpa-onnx loads, with no training in them.

Every 0.24 s of loud sound bring the next token of the script; silence brings none. One token has a rival that is
nearly as likely, so that hints have something to decide.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SCRIPT = ("▁WHO", "▁WROTE", "▁THE", "▁HAM", "LET", "▁PLAY")
RIVAL = "▁ROTE"
"""Of the second token."""

_FRAMES_PER_TOKEN = 6
_CHUNK = 4
_LOUD = -9.0
"""Mean of the log mel energies; silence is near -16."""
_SURE, _NEARLY = 8.0, 7.0


def write_transducer(folder: Path, *, capitals: bool = True) -> Path:
    """Write encoder.onnx, decoder.onnx, joiner.onnx, tokens.txt and bpe.vocab."""
    folder.mkdir(parents=True, exist_ok=True)
    pieces = [piece if capitals else piece.lower() for piece in (*SCRIPT, RIVAL)]
    vocabulary = ["<blk>", *pieces]
    (folder / "tokens.txt").write_text("".join(f"{p} {i}\n" for i, p in enumerate(vocabulary)), "utf-8")
    letters = sorted({letter for piece in pieces for letter in piece})
    scored = [*((piece, -1.0) for piece in pieces), *((letter, -9.0) for letter in letters)]
    (folder / "bpe.vocab").write_text("".join(f"{piece}\t{score}\n" for piece, score in scored), "utf-8")
    onnx.save(_encoder(), str(folder / "encoder.onnx"))
    onnx.save(_decoder(len(vocabulary)), str(folder / "decoder.onnx"))
    onnx.save(_joiner(len(vocabulary)), str(folder / "joiner.onnx"))
    return folder


def _encoder() -> Any:
    """Counts loud chunks in its state; its output is how many tokens are due."""
    nodes = [
        helper.make_node("ReduceMean", ["x"], ["energy"], axes=[1, 2], keepdims=1),
        helper.make_node("Greater", ["energy", "threshold"], ["is_loud"]),
        helper.make_node("Cast", ["is_loud"], ["loud"], to=TensorProto.FLOAT),
        helper.make_node("Transpose", ["h"], ["before"], perm=[1, 0, 2]),
        helper.make_node("Add", ["before", "loud"], ["count"]),
        helper.make_node("Transpose", ["count"], ["next_h"], perm=[1, 0, 2]),
        helper.make_node("Identity", ["c"], ["next_c"]),
        helper.make_node("Div", ["count", "per_token"], ["share"]),
        helper.make_node("Floor", ["share"], ["encoder_out"]),
    ]
    constants = {"threshold": np.float32(_LOUD), "per_token": np.float32(_FRAMES_PER_TOKEN)}
    inputs = {"x": ["N", _CHUNK, 80], "h": [1, "N", 1], "c": [1, "N", 1]}
    outputs = {"encoder_out": ["N", 1, 1], "next_h": [1, "N", 1], "next_c": [1, "N", 1]}
    metadata = {"model_type": "lstm", "num_encoder_layers": 1, "T": _CHUNK, "decode_chunk_len": _CHUNK}
    return _model(nodes, constants, inputs, outputs, {**metadata, "rnn_hidden_size": 1, "d_model": 1})


def _decoder(vocabulary: int) -> Any:
    """The token said last, as a number."""
    nodes = [
        helper.make_node("Gather", ["y", "last"], ["token"], axis=1),
        helper.make_node("Cast", ["token"], ["decoder_out"], to=TensorProto.FLOAT),
    ]
    inputs, outputs = {"y": ["N", 2]}, {"decoder_out": ["N", 1]}
    metadata = {"vocab_size": vocabulary, "context_size": 2}
    return _model(nodes, {"last": np.array([1])}, inputs, outputs, metadata, kinds={"y": TensorProto.INT64})


def _joiner(vocabulary: int) -> Any:
    """The next token of the script where one is due, else the blank; the rival beside the token it rivals."""
    rival, rivalled = len(SCRIPT) + 1, 2
    place = np.array([*range(len(SCRIPT) + 1), rivalled], np.float32)
    following = np.array([*range(1, len(SCRIPT) + 1), 0, rivalled + 1])
    nodes = [
        helper.make_node("Cast", ["decoder_out"], ["last"], to=TensorProto.INT64),
        helper.make_node("Gather", ["place", "last"], ["said"]),
        helper.make_node("Greater", ["encoder_out", "said"], ["due"]),
        helper.make_node("Gather", ["following", "last"], ["candidate"]),
        helper.make_node("Where", ["due", "candidate", "blank"], ["next"]),
        helper.make_node("Squeeze", ["next", "axis"], ["id"]),
        helper.make_node("OneHot", ["id", "depth", "sure"], ["likely"]),
        helper.make_node("Equal", ["next", "rivalled"], ["is_rivalled"]),
        helper.make_node("Where", ["is_rivalled", "rival_logits", "no_logits"], ["other"]),
        helper.make_node("Add", ["likely", "other"], ["logit"]),
    ]
    rival_logits = np.zeros((1, vocabulary), np.float32)
    rival_logits[0, rival] = _NEARLY
    constants = {
        "place": place,
        "following": following,
        "blank": np.array([[0]]),
        "axis": np.array([1]),
        "depth": np.array(vocabulary),
        "sure": np.array([0, _SURE], np.float32),
        "rivalled": np.array([[rivalled]]),
        "rival_logits": rival_logits,
        "no_logits": np.zeros((1, vocabulary), np.float32),
    }
    inputs = {"encoder_out": ["N", 1], "decoder_out": ["N", 1]}
    return _model(nodes, constants, inputs, {"logit": ["N", vocabulary]}, {"joiner_dim": 1})


def _model(
    nodes: list[Any],
    constants: dict[str, Any],
    inputs: dict[str, list[Any]],
    outputs: dict[str, list[Any]],
    metadata: Mapping[str, object],
    kinds: dict[str, int] | None = None,
) -> Any:
    def values(shapes: dict[str, list[Any]]) -> list[Any]:
        kind = {name: (kinds or {}).get(name, TensorProto.FLOAT) for name in shapes}
        return [helper.make_tensor_value_info(name, kind[name], shape) for name, shape in shapes.items()]

    graph = helper.make_graph(
        nodes,
        "scripted",
        values(inputs),
        values(outputs),
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    helper.set_model_props(model, {name: str(value) for name, value in metadata.items()})
    return model
