"""The table of a campaign that was made up, so that every number in it is known."""

import json
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import page  # noqa: E402
import report  # noqa: E402


def measurement(runner, r, ms, ok=True, model="net fp32", mode="1", **more):
    return {"model": model, "mode": mode, "runner": runner, "round": r, "ok": ok, "ms": ms,
            "per_second": 1000 / ms, **more}


def campaign(measurements, checks=(), models=None):
    return {
        "date": "2026-01-02", "machine": {"words": "a machine", "class": "zen4"}, "ours": "us",
        "command": "./dev bench networks", "rounds": 7, "seconds": 1, "gate_ghz": 3.4,
        "versions": {"ort": "1.0", "ov": "2.0", "ov-default": "2.0"}, "measurements": measurements,
        "checks": list(checks), "models": models or [net()]}


def net(name="net fp32", precision="fp32", group="zoo", **more):
    return {"name": name, "group": group, "precision": precision, "sha256": "00ff", **more}


def check(runner, model="net fp32", **facts):
    return {"model": model, "runner": runner, **facts}


def rounds(runner, times, **more):
    return [measurement(runner, r, ms, **more) for r, ms in enumerate(times)]


def row(made, kind="fp32", mode="1", model=None):
    rows = [r for r in report.summary(made)["rows"] if r["kind"] == kind and r["mode"] == mode]
    return next(r for r in rows if model in (None, r["model"]))


class Interval(unittest.TestCase):
    def test_seven_values_need_all_of_them(self):
        low, high, coverage = report.interval([7, 1, 6, 2, 5, 3, 4])
        self.assertEqual((low, high), (1, 7))
        self.assertAlmostEqual(coverage, 1 - 2 / 2**7)

    def test_nine_values_leave_the_ends_out(self):
        low, high, coverage = report.interval(range(1, 10))
        self.assertEqual((low, high), (2, 8))
        self.assertAlmostEqual(coverage, 1 - 2 * 10 / 2**9)

    def test_twenty_values(self):  # the sixth and the fifteenth: 95.86 % in tables of the sign test
        low, high, coverage = report.interval(range(1, 21))
        self.assertEqual((low, high), (6, 15))
        self.assertAlmostEqual(coverage, 0.9586, places=4)

    def test_five_values_are_too_few_and_it_says_so(self):
        low, high, coverage = report.interval([1, 2, 3, 4, 5])
        self.assertEqual((low, high, coverage), (1, 5, 0.9375))


class Row(unittest.TestCase):
    def test_the_ratio_is_that_of_each_round(self):
        # The machine slows down to half: times double, ratios do not.
        found = row(campaign(rounds("ours", [1, 2, 2, 2, 1, 1, 1]) + rounds("ort", [3, 6, 6, 6, 3, 3, 3])))
        self.assertEqual((found["ratio"], found["low"], found["high"]), (3, 3, 3))
        self.assertEqual(found["pairs"], 7)

    def test_cells_are_medians_of_clean_rounds(self):
        made = campaign(rounds("ours", [1, 2, 3]) + [measurement("ours", 3, 100, ok=False)])
        self.assertEqual(row(made)["cells"]["ours"]["ms"], 2)
        self.assertTrue(row(made)["cells"]["ours"]["clean"])

    def test_without_a_clean_round_all_count_and_it_is_told(self):
        made = campaign([measurement("ours", r, ms, ok=False) for r, ms in enumerate([1, 2, 9])])
        self.assertEqual(row(made)["cells"]["ours"], {"ms": 2, "clean": False, "counts": True,
                                                      "right": True})
        self.assertIn("2.00 ~", page.markdown(made))
        made["measurements"] += rounds("ort", [4, 4, 4])
        self.assertIn("2.00 (0.44 to 4.00?) ~", page.markdown(made))

    def test_a_round_that_one_side_lacks_gives_no_ratio(self):
        made = campaign(rounds("ours", [1, 1, 1]) + [measurement("ort", 0, 2), measurement("ort", 1, 4),
                                                     measurement("ort", 2, 90, ok=False)])
        self.assertEqual(row(made)["pairs"], 2)
        self.assertEqual(row(made)["ratio"], 3)

    def test_where_no_round_is_clean_on_both_sides_all_count_and_it_is_told(self):
        made = campaign([measurement("ours", 0, 1), measurement("ours", 1, 2, ok=False),
                         measurement("ort", 0, 3, ok=False), measurement("ort", 1, 4)])
        self.assertEqual((row(made)["ratio"], row(made)["clean"]), (2.5, False))

    def test_without_a_common_round_there_is_no_ratio(self):
        made = campaign([measurement("ours", 0, 1), measurement("ort", 1, 4)])
        self.assertIn("| net | fp32 | 1.00 | **4.00** | - |", page.markdown(made))

    def test_the_best_peer_is_the_fastest_that_is_right(self):
        made = campaign(rounds("ours", [1] * 7) + rounds("ort", [3] * 7) + rounds("mnn", [2] * 7),
                        [check("ort", reference=True), check("mnn", apart=0.5)])
        self.assertEqual(row(made)["best"], "ort")
        self.assertIn("2.00 wrong", page.markdown(made))

    def test_sixteen_bits_count_by_default_only(self):
        made = campaign(rounds("ours", [1] * 7) + rounds("ort", [3] * 7) + rounds("ov-default", [2] * 7),
                        [check("ov-default", apart=0.004)])
        self.assertEqual(row(made, "fp32")["best"], "ort")
        self.assertEqual(row(made, "default")["best"], "ov-default")

    def test_only_peers_that_are_held_to_our_instructions_count(self):
        made = campaign(rounds("ours", [1] * 7) + rounds("ort", [2] * 7) + rounds("ov", [3] * 7))
        made["settings"] = {"held": ["ov", "ov-default"]}
        self.assertEqual(row(made)["best"], "ov")
        self.assertIn("| net | fp32 | 1.00 | (2.00) | **3.00** | 3.00 (3.00 to 3.00) |", page.markdown(made))

    def test_peers_that_use_nothing_newer_in_floats_count_there(self):
        made = campaign(rounds("ours", [1] * 7) + rounds("ort", [2] * 7) + rounds("ov", [3] * 7))
        made["settings"] = {"held": ["ov"], "held_in_floats": ["ort"]}
        self.assertEqual(row(made)["best"], "ort")

    def test_goals_are_those_of_the_processor_that_all_are_held_to(self):
        made = campaign([])
        self.assertEqual(report.goals_of(made), report.GOALS["zen4"])
        made["settings"] = {"held": ["ov"], "isa": "fp16_512"}
        self.assertEqual(report.goals_of(made), report.GOALS["avx512"])
        made["settings"]["isa"] = "avx2"
        self.assertEqual(report.goals_of(made), {})

    def test_by_default_we_may_be_another_one(self):
        made = campaign(rounds("ours", [4] * 7) + rounds("ours-default", [2] * 7) + rounds("ort", [8] * 7))
        self.assertEqual(row(made, "fp32")["ratio"], 2)
        self.assertEqual(row(made, "default")["ratio"], 4)

    def test_a_wrong_answer_of_ours_is_no_success(self):
        models = [net("mobilenet_v2 int8", "int8")]
        made = campaign(rounds("ours", [1] * 7, model="mobilenet_v2 int8")
                        + rounds("ort", [9] * 7, model="mobilenet_v2 int8"),
                        [check("ours", "mobilenet_v2 int8", apart=0.7)], models)
        text = page.markdown(made)
        self.assertIn("~~9.00 (9.00 to 9.00)~~ wrong answer", text)
        self.assertIn("1.45 / 1.65: missed", text)
        self.assertEqual(report.summary(made)["means"], [])

    def test_streams_are_compared_by_throughput(self):
        ours = rounds("ours", [2] * 7, mode="2x1")
        for m in ours:
            m["per_second"] = 800
        made = campaign(ours + rounds("ort", [5] * 7, mode="2x1"))
        self.assertEqual(row(made, mode="2x1")["cells"]["ours"]["ms"], 1.25)
        self.assertEqual(row(made, mode="2x1")["ratio"], 4)


class Spread(unittest.TestCase):
    def test_of_rounds_that_count_the_middle_network_and_the_largest(self):
        made = campaign(
            rounds("ours", [2, 2, 2], p90=2.2) + rounds("ours", [1], ok=False, p90=9)
            + rounds("ours", [4, 4, 4], model="b", p90=4.2) + rounds("ours", [5], model="c", p90=6.5))
        middle, most = report.spread(made, "1", "ours")
        self.assertAlmostEqual(middle, 1.1)
        self.assertAlmostEqual(most, 1.3)
        self.assertIsNone(report.spread(made, "2", "ours"))


class Refused(unittest.TestCase):
    def test_what_we_refuse_stays_in_the_table(self):
        made = campaign(rounds("ort", [3] * 7), [check("ours", refused="no kernel takes 'Foo'")])
        found = row(made)
        self.assertEqual(found["cells"]["ours"], {"refused": "no kernel takes 'Foo'"})
        self.assertNotIn("ratio", found)
        text = page.markdown(made)
        self.assertIn("| net | fp32 | refused [1] | **3.00** | - |", text)
        self.assertIn("1. net fp32, ours: no kernel takes 'Foo'", text)
        self.assertIn("We run 0 of 1 files.", text)

    def test_a_model_that_nobody_runs_stays_too(self):
        made = campaign([], [check("ours", refused="no"), check("ort", refused="neither")])
        self.assertIn("| net | fp32 | refused [1] | refused [2] | - |", page.markdown(made))

    def test_who_fails_while_measured_is_told(self):
        made = campaign([{"model": "net fp32", "mode": "1", "runner": "mnn", "round": 0,
                          "refused": "it crashes (signal 11)"}] + rounds("ort", [3] * 7))
        self.assertIn("1. net fp32, MNN: it crashes (signal 11)", page.markdown(made))

    def test_sentences_are_short_and_without_the_folders_of_a_machine(self):
        words = page.shortened('Exception from src/a.cpp:1: cannot read "/home/me/net.xml" | ' + "x " * 200)
        self.assertTrue(words.startswith('cannot read "net.xml" / x x'), words)
        self.assertLessEqual(len(words), 244)

    def test_what_is_recorded_has_no_folders_of_a_machine(self):
        found = report.recorded({"refused": 'cannot read "/home/me/net.xml" of 1/2 bytes', "version": "1.0"})
        self.assertEqual(found, {"refused": 'cannot read "net.xml" of 1/2 bytes', "version": "1.0"})
        self.assertEqual(report.recorded({"precision": "fp32"}), {"precision": "fp32"})


class Whole(unittest.TestCase):
    def made(self):
        name = "mobilenet_v2 int8"
        facts = {"load_ms": 40.0, "first_ms": 5.0, "peak_mb": 70.0, "import_mb": 45.0}
        return campaign(
            rounds("ours", [2, 2.1, 1.9, 2, 2, 2, 2.2], model=name)
            + rounds("ort", [3.6, 3.5, 3.7, 3.6, 3.6, 3.6, 3.6], model=name, **facts)
            + rounds("ov", [3.0, 3.1, 3.0, 3.2, 3.0, 3.0, 3.0], model=name),
            [check("ours", name, apart=0.006), check("ort", name, precision="int8", reference=True)],
            [net(name, "int8", fixed=False)])

    def test_markdown(self):
        text = page.markdown(self.made())
        self.assertIn("| mobilenet_v2 | int8 | 2.00 | 3.60 | **3.00** | 1.50 (1.36 to 1.60) | "
                      "1.45 / 1.65: must |", text)
        self.assertIn("| One core | zoo | int8 | 1 of 1 | 1.50 | 1.50 (mobilenet_v2 int8) |", text)
        self.assertIn("| mobilenet_v2 int8 | - | 40.0 + 5.00, 70 MB (25) | - |", text)
        self.assertIn("| mobilenet_v2 int8 | 0.006 | int8, the reference |", text)
        self.assertIn("Of 1 goals 1 are reached, 0 of them with the aim.", text)
        self.assertIn("`00ff` (not the fixed one)", text)
        self.assertIn("Peers: ONNX Runtime 1.0, OpenVINO 2.0.", text)

    def test_a_campaign_that_was_stopped_says_so(self):
        made = self.made()
        self.assertIn("\n7 rounds; in each", page.markdown(made))
        made["rounds"] = 9
        self.assertIn("\n7 of 9 rounds; in each", page.markdown(made))

    def test_the_summary_is_json_and_says_the_same(self):
        found = json.loads(json.dumps(report.summary(self.made())))
        self.assertEqual(found["rows"][0]["best"], "ov")
        self.assertAlmostEqual(found["rows"][0]["ratio"], 1.5)
        self.assertEqual((found["rows"][0]["must"], found["rows"][0]["aim"]), (1.45, 1.65))
        self.assertEqual(found["means"][0]["networks"], 1)

    def test_the_rule_for_many_networks(self):
        models = [net("a", "int8", "real"), net("b", "fp32", "real")]
        for fast, reached in ((1.7, True), (0.95, False)):
            made = campaign(rounds("ours", [1] * 7, model="a") + rounds("ort", [2] * 7, model="a")
                            + rounds("ours", [1] * 7, model="b") + rounds("ort", [fast] * 7, model="b"),
                            models=models)
            rule = report.summary(made)["rules"][0]
            self.assertAlmostEqual(rule["mean"], (2 * fast) ** 0.5)
            self.assertEqual((rule["least"], rule["reached"]), (fast, reached))
        self.assertIn("none below 1.00 is wanted of one core: missed", page.markdown(made))

    def test_every_table_has_as_many_cells_as_its_head(self):
        width = None
        for text in page.markdown(self.made()).splitlines():
            if not text.startswith("|"):
                width = None
                continue
            cells = text.count("|")
            width = width or cells
            self.assertEqual(cells, width, text)


if __name__ == "__main__":
    unittest.main()
