"""`include/holdfast.h` from Python, by ctypes and nothing else.

    library = Library(".build/debug/libholdfast-c.so")
    catalog = library.open([("catalog.yaml", text)])
    catalog.assign("credit-limit", "customer-1", at=1_767_225_600_000_000).arm
"""

import ctypes
from ctypes import POINTER, Structure, byref, c_char, c_char_p, c_double, c_int32, c_int64
from ctypes import c_size_t, c_uint32, c_void_p

ABI = 1
OK, BAD_ARGUMENT, BAD_CATALOG, REFUSED = range(4)
SALT_FROM_ENVIRONMENT = 1


class File(Structure):
    _fields_ = [("name", c_char_p), ("text", c_char_p), ("text_length", c_size_t)]


class Attribute(Structure):
    _fields_ = [("name", c_char_p), ("name_length", c_size_t), ("kind", c_int32),
                ("text", c_char_p), ("text_length", c_size_t), ("number", c_double)]


class Candidate(Structure):
    _fields_ = [("experiment", c_char_p), ("experiment_length", c_size_t),
                ("unit", c_char_p), ("unit_length", c_size_t),
                ("cluster", c_char_p), ("cluster_length", c_size_t),
                ("attributes", POINTER(Attribute)), ("attribute_count", c_size_t),
                ("score", POINTER(c_double)), ("at", c_int64)]


class Answer(Structure):
    _fields_ = [("arm", c_char_p), ("reason", c_char_p), ("holdout", c_char_p),
                ("revision", c_char_p), ("propensity", c_double), ("bucket", c_int64),
                ("act", c_int32), ("burn_in", c_int32), ("fault", c_char * 32)]


class HoldfastError(Exception):
    """A call that did not answer HOLDFAST_OK: its status, its text, the word of a refusal."""

    def __init__(self, status, text, fault=""):
        super().__init__(text)
        self.status, self.fault = status, fault


def attribute(name, value):
    """One attribute, of the kind that Python gives it."""
    key = name.encode()
    if isinstance(value, str):
        text = value.encode()
        return Attribute(key, len(key), 0, text, len(text), 0)
    return Attribute(key, len(key), 2 if isinstance(value, bool) else 1, None, 0, value)


class Library:
    """The shared library, loaded once."""

    def __init__(self, path):
        self.c = ctypes.CDLL(str(path))
        self.c.holdfast_abi.restype = c_int32
        if self.c.holdfast_abi() != ABI:
            raise RuntimeError(f"{path} is of ABI {self.c.holdfast_abi()}, and this is {ABI}")
        self.c.holdfast_catalog_open.argtypes = [
            POINTER(File), c_size_t, c_char_p, c_size_t, c_uint32, POINTER(c_void_p), c_char_p,
            c_size_t]
        self.c.holdfast_assign.argtypes = [
            c_void_p, POINTER(Candidate), POINTER(Answer), c_char_p, c_size_t]
        self.c.holdfast_catalog_close.argtypes = [c_void_p]
        self.c.holdfast_catalog_close.restype = None

    def open(self, files, salt=None, flags=0):
        """A catalog from [(name, text)]."""
        texts = [(name.encode(), text if isinstance(text, bytes) else text.encode())
                 for name, text in files]
        list_ = (File * len(texts))(*[File(name, text, len(text)) for name, text in texts])
        salt = salt.encode() if isinstance(salt, str) else salt
        handle, error = c_void_p(), ctypes.create_string_buffer(4096)
        status = self.c.holdfast_catalog_open(
            list_, len(texts), salt, len(salt or b""), flags, byref(handle), error, len(error))
        if status != OK:
            raise HoldfastError(status, error.value.decode())
        return Catalog(self.c, handle)


class Catalog:
    """A catalog that is open until `close`."""

    def __init__(self, c, handle):
        self.c, self.handle = c, handle

    def close(self):
        self.c.holdfast_catalog_close(self.handle)
        self.handle = None

    def assign(self, experiment, unit, at, cluster=None, attributes=None, score=None):
        """What a unit is dealt, as an `Answer`."""
        def encoded(text):
            return text.encode() if isinstance(text, str) else text
        experiment, unit, cluster = encoded(experiment), encoded(unit), encoded(cluster)
        made = [attribute(name, value) for name, value in (attributes or {}).items()]
        candidate = Candidate(
            experiment, len(experiment or b""), unit, len(unit or b""), cluster, len(cluster or b""),
            (Attribute * len(made))(*made) if made else None, len(made),
            ctypes.pointer(c_double(score)) if score is not None else None, at)
        answer, error = Answer(), ctypes.create_string_buffer(1024)
        status = self.c.holdfast_assign(
            self.handle, byref(candidate), byref(answer), error, len(error))
        if status != OK:
            raise HoldfastError(status, error.value.decode(), answer.fault.decode())
        return answer
