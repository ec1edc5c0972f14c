// The curve of the board: who waits at the end of each day, who came in and whose application ended on it.
"use strict";
(async () => {
  const place = document.getElementById("curve");
  if (!place) return;
  const answer = await fetch(place.dataset.from, { headers: { "X-By-Itself": "1" } });
  if (!answer.ok) return;
  const told = await answer.json();
  const moments = told.days.map((day) => Date.parse(`${day}T00:00:00Z`) / 1000);
  const size = () => ({ width: Math.min(place.clientWidth, 720), height: 220 });
  const options = {
    ...size(),
    tzDate: (moment) => uPlot.tzDate(new Date(moment * 1000), "UTC"),
    series: [
      { label: place.dataset.date, value: "{YYYY}-{MM}-{DD}" },
      { label: place.dataset.waiting, stroke: "#0550ae", width: 2 },
      { label: place.dataset.came, stroke: "#116329", width: 1 },
      { label: place.dataset.ended, stroke: "#7d4e00", width: 1, dash: [4, 3] },
    ],
    axes: [{ values: "{YYYY}-{MM}-{DD}", space: 90 }, { size: 60 }],
    scales: { y: { range: (_plot, _low, high) => [0, Math.max(high, 1)] } },
  };
  const plot = new uPlot(options, [moments, told.waiting, told.came, told.ended], place);
  addEventListener("resize", () => plot.setSize(size()));
})();
