"""Opens the page in Chromium without network, light and dark, and says what is wrong with it."""
import json
import os
import sys

from selenium import webdriver
from selenium.common.exceptions import TimeoutException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.support.ui import WebDriverWait

# Each text that is seen with the colour behind it; the words of charts are their options.
CONTRAST = """
const parts = (c) => { const m = c.match(/[\\d.]+/g).map(Number); return { rgb: m.slice(0, 3), a: m.length > 3 ? m[3] : 1 }; };
const probe = document.createElement("span");
document.body.append(probe);
const named = (c) => { probe.style.color = ""; probe.style.color = c; return parts(getComputedStyle(probe).color).rgb; };
const light = (rgb) => { const [r, g, b] = rgb.map((x) => { const c = x / 255; return c <= 0.04045 ? c / 12.92 : Math.pow((c + 0.055) / 1.055, 2.4); }); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
const contrast = (a, b) => { const x = light(a), y = light(b); return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05); };
const ground = (e) => { for (; e; e = e.parentElement) { const c = parts(getComputedStyle(e).backgroundColor); if (c.a === 1) return c.rgb; } return [255, 255, 255]; };
const out = { least: 99, what: "", texts: 0 };
const look = (rgb, e, what) => { const c = contrast(rgb, ground(e)); ++out.texts; if (c < out.least) { out.least = c; out.what = what; } };
const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
for (let n = walk.nextNode(); n; n = walk.nextNode()) {
  const e = n.parentElement;
  if (!n.data.trim() || ["SCRIPT", "NOSCRIPT", "STYLE"].includes(e.tagName) || !e.getClientRects().length) continue;
  look(parts(getComputedStyle(e).color).rgb, e, n.data.slice(0, 40));
}
for (const canvas of document.querySelectorAll("canvas")) {
  const chart = Chart.getChart(canvas);
  for (const s of Object.values(chart.scales)) {
    look(named(s.options.ticks.color), canvas, "ticks");
    look(named(s.options.title.color), canvas, "title of an axis");
  }
  if (chart.legend) for (const l of chart.legend.legendItems) look(named(l.fontColor || chart.legend.options.labels.color), canvas, "legend");
  for (const d of chart.data.datasets) for (const c of [].concat(d.backgroundColor)) look(named(c.slice(0, 7)), canvas, "series " + d.label);
}
probe.remove();
return out;
"""
# A chart is drawn when its canvas has more than one colour.
DRAWN = """
return [...document.querySelectorAll("canvas")].filter((c) => {
  const d = new Uint32Array(c.getContext("2d").getImageData(0, 0, c.width, c.height).data.buffer);
  return new Set(d).size > 20; }).length;
"""
# Legends that reach beyond their canvas.
CUT = """
return [...document.querySelectorAll("canvas")].map((c) => Chart.getChart(c)).filter((c) =>
  c.legend.legendItems.length && c.options.plugins.legend.display !== false &&
  c.legend.legendHitBoxes.some((b) => b.left < 0 || b.left + b.width > c.width + 1 || b.top + b.height > c.height + 1)).length;
"""

options = webdriver.ChromeOptions()
options.binary_location = os.popen("command -v chromium").read().strip()
for word in ("--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1200,1000", "--disable-dev-shm-usage"):
    options.add_argument(word)
options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
driver = webdriver.Chrome(service=Service(os.popen("command -v chromedriver").read().strip()), options=options)
try:
    driver.execute_cdp_cmd("Network.enable", {})
    driver.execute_cdp_cmd("Network.emulateNetworkConditions", {
        "offline": True, "latency": 0, "downloadThroughput": 0, "uploadThroughput": 0})
    for scheme in ("light", "dark"):
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {
            "features": [{"name": "prefers-color-scheme", "value": scheme}]})
        driver.get("file://" + os.path.abspath(sys.argv[1]))
        run = driver.execute_script
        charts = run("return document.querySelectorAll('canvas').length")
        for details in driver.find_elements("css selector", "details"):
            run("arguments[0].open = true", details)
        tables = driver.execute_async_script(
            "const done = arguments[0]; requestAnimationFrame(() => setTimeout(() => done("
            "[...document.querySelectorAll('.charts details')].filter((d) => d.querySelectorAll('tbody tr').length).length)))")
        contrast = run(CONTRAST)
        print(scheme, "ground", run("return getComputedStyle(document.body).backgroundColor"))
        # How many there are depends on what was measured: percentiles far apart have axes of their own.
        counts = (charts, run(DRAWN), tables)
        print("charts with drawing and table", "all" if charts >= 14 and len(set(counts)) == 1 else counts, "cut", run(CUT))
        print("contrast", "ok" if contrast["least"] >= 4.5 and contrast["texts"] > 100 else contrast)
        print("wide", run("return document.documentElement.scrollWidth > innerWidth"))
        print("elements of names", run("return document.querySelectorAll('main img, main script, main b b').length"))
        print("parts", run("return [...document.querySelectorAll('#charts h2')].map((h) => h.textContent).join('; ')"))
        print("console", [e["message"] for e in driver.get_log("browser")])
    # The scheme changes while the page is open: charts follow.
    COLOR = "return Chart.getChart(document.querySelector('canvas')).options.scales.y.title.color"
    before = run(COLOR)
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {
        "features": [{"name": "prefers-color-scheme", "value": "light"}]})
    try:
        WebDriverWait(driver, 20, poll_frequency=0.05).until(lambda _: run(COLOR) != before)
        print("charts follow the scheme", True)
    except TimeoutException:
        print("charts follow the scheme", False)
    asked = set()
    for entry in driver.get_log("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            asked.add(message["params"]["request"]["url"].split(":")[0])
    print("asked for", sorted(asked - {"data"}))
    print("by name", run("return [...document.querySelectorAll('#runs td:first-child')].map((t) => t.textContent).slice(0, 3)"))
    if len(sys.argv) > 2:
        driver.set_window_size(1200, run("return document.documentElement.scrollHeight") + 120)
        for scheme in ("light", "dark"):
            driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {
                "features": [{"name": "prefers-color-scheme", "value": scheme}]})
            driver.save_screenshot(f"{sys.argv[2]}_{scheme}.png")
finally:
    driver.quit()
