import pytest

from serving.admission import Admission
from serving.errors import OverloadedError


def test_admission_one_too_many_is_refused_and_room_is_made_again():
    admission = Admission(1)
    with admission:
        with pytest.raises(OverloadedError, match="1 requests are being answered"), admission:
            pass
        assert admission.in_progress == 1
    with admission:
        assert admission.in_progress == 1
    assert admission.in_progress == 0


def test_admission_request_that_fails_leaves_room():
    admission = Admission(1)
    with pytest.raises(ZeroDivisionError), admission:
        raise ZeroDivisionError
    assert admission.in_progress == 0
