"""An archive that would unpack to more than a model needs is refused before it is unpacked."""

from __future__ import annotations

import io
import tracemalloc
import zipfile

import numpy as np
import pytest

from corewidgets.learning.model_archive import check_archive


def archive(**members):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members.items():
            file.writestr(name.replace("_", "."), data)
    return content.getvalue()


def saved(values):
    content = io.BytesIO()
    np.save(content, values, allow_pickle=True)
    return content.getvalue()


def claiming(shape):
    header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode() + bytes(16)


def test_a_model_passes():
    check_archive(archive(schema_json=b'{"a": [1, 2]}', a_npy=saved(np.zeros(1000)), b_bin=b"x"))


@pytest.mark.parametrize("name", ["about_json", "schema_json", "a_npy", "other"])
def test_a_bomb_is_refused_without_being_unpacked(name):
    bomb = archive(**{name: bytes(100 * 2**20)})
    tracemalloc.start()
    with pytest.raises(ValueError, match=r"^it unpacks to 104,857,600 bytes, more than the"):
        check_archive(bomb)
    assert tracemalloc.get_traced_memory()[1] < 2**20
    tracemalloc.stop()


def test_a_bomb_in_a_sparse_array_is_refused():
    bomb = archive(a_npz=archive(data_npy=bytes(100 * 2**20)))
    with pytest.raises(ValueError, match="it unpacks to 104,857,600 bytes"):
        check_archive(bomb)


def test_archives_in_an_archive_share_one_limit():
    twice = {f"{name}.npz": archive(data_npy=bytes(60 * 2**20)) for name in ("a", "b")}
    with pytest.raises(ValueError, match=r"^it unpacks to 62,914,560 bytes, more than the \d+,\d+,\d+ that"):
        check_archive(archive(**twice))


def test_an_archive_three_deep_is_refused():
    with pytest.raises(ValueError, match=r"^it has an archive in an archive in an archive$"):
        check_archive(archive(a=archive(b=archive(c=b"x"))))


def test_text_of_too_many_values_is_refused():
    with pytest.raises(ValueError, match=r"^its schema\.json has 33,554,432 values, more than 16,777,216$"):
        check_archive(archive(schema_json=b"[]," * (2**24)))


def test_an_array_that_claims_more_than_it_has_is_refused():
    with pytest.raises(ValueError, match=r"^its a\.npy is said to have 8,000,000,000 bytes, but has fewer$"):
        check_archive(archive(a_npy=claiming((1_000_000_000,))))


def test_an_array_of_objects_is_refused():
    with pytest.raises(ValueError, match=r"^its a\.npy is an array of objects$"):
        check_archive(archive(a_npy=saved(np.array([{}], object))))


def test_an_array_of_an_unknown_version_is_refused():
    with pytest.raises(ValueError, match=r"^its a\.npy is an array of version \(9, 0\)$"):
        check_archive(archive(a_npy=b"\x93NUMPY\x09\x00" + bytes(100)))
