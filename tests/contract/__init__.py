"""What every implementation of a port has to hold to, written once."""

import pytest

pytest.register_assert_rewrite("tests.contract.synthesizers")
