import pytest

from serving.admission import Admission, HeldBytes
from serving.errors import HeldBytesLimitError, RequestLimitError


def test_admission_one_too_many_is_refused_and_room_is_made_again():
    admission = Admission(1)
    with admission:
        with pytest.raises(RequestLimitError, match="1 requests are being answered"), admission:
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


def test_intake_bytes_too_many_are_refused_and_let_go_of_at_the_end():
    intake = HeldBytes(10)
    with intake.holding() as hold:
        hold(6)
        with (
            intake.holding() as other,
            pytest.raises(HeldBytesLimitError, match="Bodies of 10 bytes"),
        ):
            other(5)
        assert intake.held == 6
        hold(4)
    assert intake.held == 0


def test_intake_request_that_fails_lets_go():
    intake = HeldBytes(10)

    def fail():
        with intake.holding() as hold:
            hold(10)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert intake.held == 0
