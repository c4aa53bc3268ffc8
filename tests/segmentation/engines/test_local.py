import pytest

from segmentation.engines.base import EngineError
from segmentation.engines.chosen import chosen_engine
from segmentation.engines.local import LocalEngine
from tests.segmentation.engines.contract import PARTS, EngineContract, columns


class TestLocal(EngineContract):
    @pytest.fixture
    def engine(self):
        return LocalEngine()


def test_a_part_is_read_once():
    asked = []

    def read(part):
        asked.append(part)
        return columns(part)

    with LocalEngine().reader(read) as kept:
        for part in (*PARTS, *PARTS):
            kept(part)
    assert asked == list(PARTS)


def test_the_setting_names_the_engine(settings):
    assert isinstance(chosen_engine(), LocalEngine)
    settings.SEGMENTATION_ENGINE = "abacus"
    with pytest.raises(EngineError, match="'abacus'; there are: dask, local"):
        chosen_engine()
