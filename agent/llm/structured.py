"""Getting a JSON object out of a reply, and saying what is wrong with one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


def parse(text: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    """Read the first JSON object in a reply and check it against the schema.

    Prose or code fences around the object are passed over: servers that do not hold a model to a schema add them.
    Raises ValueError with a reason that can be shown to the model.
    """
    import jsonschema

    start = text.find("{")
    if start < 0:
        raise ValueError("there is no JSON object in the reply")
    try:
        value, _ = json.JSONDecoder().raw_decode(text[start:])
        json.dumps(value, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        raise ValueError(f"the JSON is broken: {error.msg} at character {error.pos}") from None
    except UnicodeEncodeError:
        raise ValueError("the JSON holds half a surrogate pair") from None
    except RecursionError:
        raise ValueError("the JSON is nested too deeply") from None
    try:
        jsonschema.validate(value, dict(schema))
    except jsonschema.ValidationError as error:
        where = ".".join(str(part) for part in error.absolute_path) or "the object"
        raise ValueError(f"{where}: {error.message[:200]}") from None
    assert isinstance(value, dict)
    return value
