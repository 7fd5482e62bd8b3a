"""Airbyte's standard tests of a source, run on the command instead of on a class of Python.

Its folder holds the connector's metadata, acceptance tests and secrets; SOURCE_COMMAND is the command as a JSON list.
"""

import json
import os
import subprocess
from pathlib import Path

from airbyte_cdk.test import entrypoint_wrapper
from airbyte_cdk.test.standard_tests import SourceTestSuiteBase
from airbyte_cdk.test.standard_tests.util import create_connector_test_suite

pytest_plugins = ["airbyte_cdk.test.standard_tests.pytest_hooks"]

ROOT = Path(__file__).parent
COMMAND = json.loads(os.environ["SOURCE_COMMAND"])


def run_command(source, args, **_):
    """Takes the place of the entrypoint that calls a Python class: same arguments, same output."""
    done = subprocess.run([*COMMAND, *args], capture_output=True, text=True, check=False, timeout=120)
    assert done.stderr == "", done.stderr
    return entrypoint_wrapper.EntrypointOutput(messages=done.stdout.splitlines(), command=[*COMMAND, *args])


entrypoint_wrapper._run_command = run_command


class Command:
    """What counts as a connector."""

    def spec(self, logger):
        raise NotImplementedError


class TestSource(SourceTestSuiteBase):
    """All that runs without Docker."""

    connector = Command

    @classmethod
    def get_connector_root_dir(cls):
        return ROOT


# The suite that `airbyte-cdk connector test` picks by the language in metadata.yaml.
TestByLanguage = create_connector_test_suite(connector_directory=ROOT)
