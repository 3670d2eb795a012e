from serving.models.artifacts import Packed

DATA = b"[" + b"1," * 5000 + b"1]"


def test_packed_document_is_small_and_comes_back():
    packed = Packed(DATA, len, growth=3.0)
    assert packed.data == DATA
    assert packed.weight < len(DATA) / 10


def test_packed_value_is_made_once_and_weighs_from_then_on():
    read = []
    packed = Packed(DATA, lambda data: read.append(data) or len(data), growth=3.0)
    before = packed.weight
    assert packed.value == packed.value == len(DATA)
    assert read == [DATA]
    assert packed.weight == before + 3 * len(DATA)
