import pytest

from segmentation.engines.base import EngineError
from segmentation.engines.chosen import chosen_engine
from segmentation.engines.local import LocalEngine
from tests.segmentation.engines.contract import EngineContract


class TestLocal(EngineContract):
    @pytest.fixture
    def engine(self):
        return LocalEngine()


def test_the_setting_names_the_engine(settings):
    assert isinstance(chosen_engine(), LocalEngine)
    settings.SEGMENTATION_ENGINE = "abacus"
    with pytest.raises(EngineError, match="'abacus'; there are: dask, local"):
        chosen_engine()
