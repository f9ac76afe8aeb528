"""Writes the small files beside this one with other people's code: NumPy, and Python's own pickle and zipfile.

PyTorch is not needed: its checkpoints are pickles of calls by name, and what stands behind the names is made up here.
Run: python3 tests/files/make_files.py
"""

import collections
import io
import os
import pickle
import struct
import sys
import types
import zipfile

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
ROW = np.arange(24, dtype=np.float64).reshape(2, 3, 4) / 8 - 1


def at(name):
    return os.path.join(HERE, name)


def numpy_files():
    np.save(at("f4.npy"), ROW.astype("<f4"))
    np.save(at("f8-big.npy"), ROW.astype(">f8"))
    np.save(at("f2-fortran.npy"), np.asfortranarray(ROW.astype("<f2")))
    np.save(at("i8.npy"), np.array([-3, 2**31 - 1, -(2**31)], dtype="<i8"))
    np.save(at("i8-wide.npy"), np.array([2**40], dtype="<i8"))
    np.save(at("scalar.npy"), np.float32(2.5))
    np.save(at("empty.npy"), np.zeros((0, 3), "<f4"))
    np.save(at("strings.npy"), np.array(["a", "b"]))
    np.save(at("objects.npy"), np.array([{}], dtype=object))
    np.save(at("records.npy"), np.zeros(2, dtype=[("a", "<f4"), ("b", "<i4")]))
    with open(at("version3.npy"), "wb") as file:
        np.lib.format.write_array(file, ROW.astype("<f4"), version=(3, 0))
    arrays = {
        "conv.weight": ROW.astype("<f4"),
        "deep/name": np.asfortranarray(ROW.astype(">f4")),
        "half": ROW.astype("<f2"),
        "bytes": np.array([0, 200], dtype="u1"),
        "flags": np.array([True, False]),
        "words": np.array([-2, 3], dtype=">i2"),
        "long": np.array([4_000_000_000], dtype="<u4"),
    }
    np.savez(at("stored.npz"), **arrays)
    np.savez_compressed(at("packed.npz"), **arrays)


class Storage:
    """Stands for numbers of a type; pickled by a persistent id."""

    def __init__(self, kind, array, key):
        self.kind, self.array, self.key = kind, np.ascontiguousarray(array).reshape(-1), key


def global_named(module, name):
    """Something that pickle writes as `module.name`."""
    for part in range(1, module.count(".") + 2):
        path = ".".join(module.split(".")[:part])
        sys.modules.setdefault(path, types.ModuleType(path))
    made = getattr(sys.modules[module], name, None)
    if made is None:
        def made(*args):
            raise RuntimeError("nothing is called here")
        made.__module__, made.__qualname__, made.__name__ = module, name, name
        setattr(sys.modules[module], name, made)
    return made


class Call:
    def __init__(self, function, *args, state=None):
        self.function, self.args, self.state = function, args, state

    def __reduce__(self):
        return (self.function, self.args) if self.state is None else (self.function, self.args, self.state)


def tensor(storage, offset, shape, strides):
    rebuild = global_named("torch._utils", "_rebuild_tensor_v2")
    return Call(rebuild, storage, offset, shape, strides, False, collections.OrderedDict())


def whole(storage, shape):
    strides, step = [], 1
    for extent in reversed(shape):
        strides.insert(0, step)
        step *= extent
    return tensor(storage, 0, tuple(shape), tuple(strides))


class Pickler(pickle.Pickler):
    def __init__(self, file, legacy=False):
        super().__init__(file, protocol=2)
        self.legacy, self.storages = legacy, {}

    def persistent_id(self, thing):
        if not isinstance(thing, Storage):
            return None
        self.storages[thing.key] = thing
        kind = global_named("torch", thing.kind)
        size = len(thing.array)
        return ("storage", kind, thing.key, "cpu", size) + ((None,) if self.legacy else ())


def save(name, thing, byteorder="little"):
    data = io.BytesIO()
    pickler = Pickler(data)
    pickler.dump(thing)
    with zipfile.ZipFile(at(name), "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("archive/data.pkl", data.getvalue())
        archive.writestr("archive/byteorder", byteorder)
        for key, storage in pickler.storages.items():
            array = storage.array.byteswap() if byteorder == "big" else storage.array
            archive.writestr(f"archive/data/{key}", array.tobytes())
        archive.writestr("archive/version", "3\n")


def save_legacy(name, thing):
    with open(at(name), "wb") as file:
        pickle.dump(0x1950A86A20F9469CFC6C, file, protocol=2)
        pickle.dump(1001, file, protocol=2)
        pickle.dump({"protocol_version": 1001, "little_endian": True, "type_sizes": {"int": 4}}, file, protocol=2)
        pickler = Pickler(file, legacy=True)
        pickler.dump(thing)
        keys = sorted(pickler.storages)
        pickle.dump(keys, file, protocol=2)
        for key in keys:
            array = pickler.storages[key].array
            file.write(struct.pack("<q", len(array)) + array.tobytes())


def state_dict():
    floats = Storage("FloatStorage", ROW.astype("<f4"), "0")
    bits = np.array([0x3F80, 0xC040], dtype="<u2")
    parameter = global_named("torch._utils", "_rebuild_parameter")
    tensors = collections.OrderedDict()
    tensors["weight"] = whole(floats, (2, 3, 4))
    tensors["transposed"] = tensor(floats, 0, (4, 3), (1, 4))
    tensors["slice"] = tensor(floats, 13, (3,), (4,))
    tensors["expanded"] = tensor(floats, 3, (2, 2), (0, 0))
    tensors["parameter"] = Call(parameter, whole(floats, (24,)), True, collections.OrderedDict())
    tensors["half"] = whole(Storage("HalfStorage", ROW.astype("<f2"), "1"), (24,))
    tensors["brain"] = whole(Storage("BFloat16Storage", bits, "2"), (2,))
    tensors["count"] = whole(Storage("LongStorage", np.array([7], dtype="<i8"), "3"), ())
    tensors["double"] = whole(Storage("DoubleStorage", np.array([0.5, -0.25]), "4"), (2,))
    tensors["mask"] = whole(Storage("BoolStorage", np.array([True, False]), "5"), (2,))
    tensors["none"] = whole(Storage("FloatStorage", np.zeros(0, "<f4"), "6"), (0, 3))
    return tensors


class WithAttributes(collections.OrderedDict):
    """As `state_dict()` gives it: with `_metadata`, which pickle writes as the state of an OrderedDict."""

    def __reduce__(self):
        return (collections.OrderedDict, (), {"_metadata": collections.OrderedDict()}, None, iter(self.items()))


def torch_files():
    save("plain.pth", WithAttributes(state_dict()))
    save("big.pth", state_dict(), byteorder="big")
    save_legacy("legacy.pth", state_dict())
    groups = [{"lr": 0.1, "params": [0, 1], "betas": (0.9, 0.999), "nesterov": None, "name": b"x".decode()}]
    training = {"epoch": 3, "best": 1.5, "big": 2**70, "state_dict": state_dict(), "optimizer": {"param_groups": groups}}
    save("training.pth", training)
    save("calls.pth", {"a": whole(Storage("FloatStorage", ROW.astype("<f4"), "0"), (24,)),
                       "b": Call(global_named("posix", "system"), "echo hello"),
                       "c": Call(global_named("builtins", "eval"), "1+1")})
    save("model.pth", Call(global_named("__main__", "Net")))
    circle = []
    circle.append(circle)
    save("circle.pth", {"a": circle})


numpy_files()
torch_files()
