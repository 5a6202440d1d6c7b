"""Getting a JSON object out of a reply, and saying what is wrong with one."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jsonschema.protocols import Validator


def parse(text: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    """Read the first JSON object in a reply and check it against the schema.

    Prose or code fences around the object are passed over: servers that do not hold a model to a schema add them.
    Raises ValueError with a reason that can be shown to the model.
    """
    from jsonschema.exceptions import best_match

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
    if wrong := best_match(_validator(json.dumps(schema)).iter_errors(value)):
        where = ".".join(str(part) for part in wrong.absolute_path) or "the object"
        raise ValueError(f"{where}: {wrong.message[:200]}")
    assert isinstance(value, dict)
    return value


# The prompts' schemas are few, and checking one anew for every reply took ten times as long as checking the reply.
@lru_cache(maxsize=64)
def _validator(schema: str) -> Validator:
    from jsonschema.validators import validator_for

    loaded = json.loads(schema)
    kind = validator_for(loaded)
    kind.check_schema(loaded)
    return kind(loaded)
