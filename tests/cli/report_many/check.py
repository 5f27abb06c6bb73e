"""Opens the page wide and narrow, light and dark, and says whether many names can be told apart."""
import os
import sys

from selenium import webdriver
from selenium.webdriver.chrome.service import Service

# Names beside bars that lie: all of them, none twice, and none in the next one's way.
NAMES = """
return [...document.querySelectorAll("canvas")].map((c) => Chart.getChart(c)).filter((c) => c.options.indexAxis === "y").map((c) => {
  const y = c.scales.y, names = y.ticks.map((t) => [].concat(t.label));
  const apart = (y.bottom - y.top) / names.length;
  return { bars: c.data.labels.length, names: new Set(names.map((n) => n.join(" "))).size,
    overlap: names.some((n) => n.length * 12 > apart), beside: y.width < c.width / 2, inside: y.left >= 0 };
});
"""

options = webdriver.ChromeOptions()
options.binary_location = os.popen("command -v chromium").read().strip()
for word in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
    options.add_argument(word)
options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
driver = webdriver.Chrome(service=Service(os.popen("command -v chromedriver").read().strip()), options=options)
try:
    for width in (1280, 700):
        for scheme in ("light", "dark"):
            driver.set_window_size(width, 1000)
            driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {
                "features": [{"name": "prefers-color-scheme", "value": scheme}]})
            driver.get("file://" + os.path.abspath(sys.argv[1]))
            run = driver.execute_script
            charts = run(NAMES)
            fine = all(c["bars"] == c["names"] and not c["overlap"] and c["beside"] and c["inside"] for c in charts)
            print(width, scheme, "lying", "ok" if len(charts) >= 2 and fine else charts,
                  "wide", run("return document.documentElement.scrollWidth > innerWidth"),
                  "folded", run("return !document.querySelector('#notes details').open"),
                  "console", [e["message"] for e in driver.get_log("browser")])
    print("failed", run("return [...document.querySelectorAll('#failed tbody tr')].map((r) => r.textContent)"))
finally:
    driver.quit()
