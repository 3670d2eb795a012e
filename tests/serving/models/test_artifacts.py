from serving.models.artifacts import Compressed

DATA = b"[" + b"1," * 5000 + b"1]"


def test_packed_document_is_small_and_comes_back():
    packed = Compressed(DATA, len, growth=3.0)
    assert packed.data == DATA
    assert packed.memory_bytes < len(DATA) / 10


def test_packed_value_is_made_once_and_weighs_from_then_on():
    read = []
    packed = Compressed(DATA, lambda data: read.append(data) or len(data), growth=3.0)
    before = packed.memory_bytes
    assert packed.value == packed.value == len(DATA)
    assert read == [DATA]
    assert packed.memory_bytes == before + 3 * len(DATA)
