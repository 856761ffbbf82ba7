"""Checks the installed package against the samples of make_samples: python test_wangge.py FOLDER."""

import gc
import inspect
import pathlib
import sys
import threading
import time
import unittest

import numpy
import wangge

FOLDER = pathlib.Path(sys.argv.pop(1))
DATUMS = ["wgs84", "gcj02", "bd09"]


def sample(datum):
    """Longitudes, latitudes and owning grids."""
    lons, lats = numpy.fromfile(FOLDER / f"{datum}.f64", "<f8").reshape(2, -1)
    return lons, lats, numpy.fromfile(FOLDER / f"{datum}.i32", "<i4")


class Answers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.snapshot = wangge.open(FOLDER / "grids.wgs")

    def test_batches_answer_as_the_library_does(self):
        for datum in DATUMS:
            lons, lats, owners = sample(datum)
            self.assertGreaterEqual(len(owners), 100_000)
            grids = self.snapshot.locate_batch(lons, lats, crs=datum)
            self.assertEqual(grids.dtype, numpy.int32)
            numpy.testing.assert_array_equal(grids, owners)
            self.assertGreater((grids == -1).sum(), 1_000)

    def test_one_place_is_answered_as_in_a_batch(self):
        for datum in DATUMS:
            lons, lats, owners = sample(datum)
            for lon, lat, owner in list(zip(lons, lats, owners))[::101]:
                found = self.snapshot.locate(lon, lat, crs=datum)
                self.assertEqual(-1 if found is None else found.index, owner)

    def test_an_owner_says_grid_name_chain_resolution_and_distance(self):
        lons, lats, owners = sample("wgs84")
        seen = set()
        for lon, lat in list(zip(lons, lats))[::37]:
            owner = self.snapshot.locate(lon, lat)
            if owner is None:
                continue
            self.assertEqual(owner.grid, self.snapshot.codes[owner.index])
            self.assertEqual(owner.grid, f"420102001{owner.index:06}")
            self.assertEqual(owner.name, "第一网格")
            chain = [(above.level, above.level_name, above.code, above.name) for above in owner.chain]
            expected = [(2, "community", "420102001", "东门社区"), (1, "district", "420102", "江岸区")]
            self.assertEqual(chain, expected if owner.index else [])
            self.assertEqual(owner.edge_distance_m < 1e-8, owner.resolution == "edge_tie")
            self.assertIn(owner.grid, repr(owner))
            seen.add(owner.resolution)
        self.assertEqual(seen, {"interior", "edge_tie"})

    def test_the_snapshot_says_what_it_is(self):
        self.assertEqual(self.snapshot.generation, "1.样")
        self.assertEqual(len(self.snapshot), len(self.snapshot.codes))
        self.assertIs(self.snapshot.codes, self.snapshot.codes)
        self.assertIn("1.样", repr(self.snapshot))

    def test_columns_may_be_anything_that_numpy_reads(self):
        lons, lats, owners = (column[:1_000] for column in sample("wgs84"))
        both = numpy.stack([lons, lats], axis=1)
        for east, north in [
            (list(lons), tuple(lats)),
            (both[:, 0], both[:, 1]),
            (lons[::-1][::-1], memoryview(lats)),
            (lons.astype(">f8"), lats),
        ]:
            numpy.testing.assert_array_equal(self.snapshot.locate_batch(east, north), owners)
        self.assertEqual(len(self.snapshot.locate_batch([], [])), 0)
        whole = self.snapshot.locate_batch(numpy.array([0, 1]), numpy.array([0, 1]))
        self.assertEqual(whole.tolist(), [-1, -1])
        with self.assertRaises(TypeError):
            self.snapshot.locate_batch(both, both)
        with self.assertRaisesRegex(ValueError, "east"):
            self.snapshot.locate_batch(["east"], ["north"])

    def test_arrow_and_pandas_columns_are_read_where_they_are_installed(self):
        lons, lats, owners = (column[:1_000] for column in sample("wgs84"))
        try:
            import pyarrow
        except ImportError:
            self.skipTest("no pyarrow here")
        east, north = pyarrow.array(lons), pyarrow.array(lats)
        numpy.testing.assert_array_equal(self.snapshot.locate_batch(east, north), owners)
        holed = pyarrow.array([None, *lons[1:]])
        grids = self.snapshot.locate_batch(holed, north, invalid="mark")
        self.assertEqual(grids[0], -2)
        numpy.testing.assert_array_equal(grids[1:], owners[1:])

    def test_what_is_no_position_is_refused_with_its_row_or_marked(self):
        lons, lats, owners = (column[:9].copy() for column in sample("gcj02"))
        lons[4], lats[7] = numpy.nan, 400.0
        with self.assertRaisesRegex(ValueError, r"row 4 .*not a finite number; 2 rows of 9"):
            self.snapshot.locate_batch(lons, lats, crs="gcj02")
        grids = self.snapshot.locate_batch(lons, lats, crs="gcj02", invalid="mark")
        owners[[4, 7]] = -2
        numpy.testing.assert_array_equal(grids, owners)
        with self.assertRaisesRegex(ValueError, "swapped"):
            self.snapshot.locate(30.5, 114.3)
        with self.assertRaisesRegex(ValueError, "2 longitudes and 1 latitudes"):
            self.snapshot.locate_batch([1.0, 2.0], [1.0])
        with self.assertRaisesRegex(ValueError, "unknown crs 'EPSG:4547'|unknown crs \"EPSG:4547\""):
            self.snapshot.locate(1, 1, crs="EPSG:4547")
        with self.assertRaisesRegex(ValueError, "invalid is"):
            self.snapshot.locate_batch([1.0], [1.0], invalid="drop")

    def test_what_is_no_snapshot_is_refused_in_words(self):
        with self.assertRaises(FileNotFoundError) as refused:
            wangge.open(FOLDER / "nowhere.wgs")
        self.assertIn("nowhere.wgs", str(refused.exception))
        with self.assertRaisesRegex(wangge.SnapshotError, "no snapshot of grids"):
            wangge.open(str(FOLDER / "wgs84.f64"))
        bytes_ = (FOLDER / "grids.wgs").read_bytes()
        broken = FOLDER / "broken.wgs"
        broken.write_bytes(bytes_[:-1])
        with self.assertRaisesRegex(ValueError, "cut short"):
            wangge.open(broken)
        broken.write_bytes(bytes_[:-1] + bytes([bytes_[-1] ^ 1]))
        with self.assertRaisesRegex(wangge.SnapshotError, "damaged"):
            wangge.open(broken)
        broken.unlink()

    def test_other_threads_run_during_a_batch(self):
        lons, lats, owners = (numpy.tile(column, 10) for column in sample("gcj02"))
        ticks, done = 0, threading.Event()

        def batch():
            numpy.testing.assert_array_equal(self.snapshot.locate_batch(lons, lats, crs="gcj02"), owners)
            done.set()

        # with the lock held throughout, the interpreter would not come back here before the end
        threads = [threading.Thread(target=batch) for _ in range(2)]
        for thread in threads:
            thread.start()
        while not done.is_set() and threads[0].is_alive():
            ticks += 1
            time.sleep(0.001)
        for thread in threads:
            thread.join()
        self.assertTrue(done.is_set())
        self.assertGreater(ticks, 5)

    def test_a_result_outlives_its_snapshot(self):
        snapshot = wangge.open(FOLDER / "grids.wgs")
        lons, lats, owners = sample("wgs84")
        grids, one = snapshot.locate_batch(lons, lats), snapshot.locate(lons[0], lats[0])
        del snapshot
        gc.collect()
        numpy.testing.assert_array_equal(grids, owners)
        self.assertEqual(one.index, owners[0])

    def test_the_stubs_name_all_there_is(self):
        stubs = (pathlib.Path(wangge.__file__).parent / "__init__.pyi").read_text(encoding="utf-8")
        for kind in [wangge.Owner, wangge.Jurisdiction, wangge.Snapshot]:
            self.assertIn(f"class {kind.__name__}:", stubs)
            for name, _ in inspect.getmembers(kind):
                if not name.startswith("_"):
                    self.assertIn(f"def {name}(", stubs)
        self.assertTrue((pathlib.Path(wangge.__file__).parent / "py.typed").exists())


def measure():
    """Nanoseconds a point, the best of five."""
    snapshot = wangge.open(FOLDER / "grids.wgs")
    for datum in DATUMS:
        lons, lats, _ = sample(datum)
        best = float("inf")
        for _ in range(5):
            start = time.perf_counter_ns()
            snapshot.locate_batch(lons, lats, crs=datum)
            best = min(best, (time.perf_counter_ns() - start) / len(lons))
        print(f"python {datum}: {best:.0f} ns a point, {len(lons)} points, {len(snapshot)} grids")


if __name__ == "__main__":
    if sys.argv[1:] == ["measure"]:
        measure()
    else:
        unittest.main()
