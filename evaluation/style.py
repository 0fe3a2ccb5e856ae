"""Style of the report page: one sheet, inlined."""

STYLE = """
:root { --ink: #1c2733; --soft: #66737f; --line: #e2e7ec; --back: #f5f7f9; --card: #fff;
  --blue: #1f6feb; --bar: #9cc3fb; --svm: #c2571a; --people: #1a8a5a; }
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--ink);
  font: 14px/1.5 system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif; }
main { max-width: 1240px; margin: 0 auto; padding: 24px; }
header { display: flex; flex-wrap: wrap; align-items: baseline; gap: 8px 40px; margin-bottom: 20px; }
h1 { font-size: 26px; margin: 0; letter-spacing: -.01em; }
dl { display: flex; flex-wrap: wrap; gap: 4px 28px; margin: 0; }
dt { color: var(--soft); font-size: 12px; } dd { margin: 0; font-variant-numeric: tabular-nums; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 18px 22px;
  margin-bottom: 18px; }
h2 { font-size: 17px; margin: 0 0 2px; } p { color: var(--soft); margin: 0 0 12px; max-width: 100ch; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th { text-align: left; font-weight: 600; font-size: 12px; color: var(--soft); white-space: nowrap; }
th, td { padding: 3px 12px 3px 0; border-bottom: 1px solid var(--line); vertical-align: middle; }
tbody tr:last-child td { border-bottom: 0; }
small { color: var(--soft); font-size: 12px; white-space: nowrap; }
.good { color: var(--people); } .bad { color: #c0262d; }
.key { font-weight: 700; } .key.dot { color: var(--blue); } .key.svm { color: var(--svm); }
.key.people { color: var(--people); }
svg { display: block; } svg text { font-size: 10px; fill: var(--soft); }
.grid { stroke: var(--line); } .bar { stroke: var(--bar); stroke-width: 7; stroke-linecap: round; }
circle.dot { fill: var(--blue); } line.svm { stroke: var(--svm); stroke-width: 2.5; }
line.people { stroke: var(--people); stroke-width: 2.5; }
.ideal { stroke: var(--soft); stroke-dasharray: 4 4; } .gap { stroke: var(--bar); stroke-width: 3; }
.curve { fill: none; stroke: var(--blue); stroke-width: 2; }
.gallery, .flow { display: flex; flex-wrap: wrap; gap: 18px 26px; }
figure { margin: 0; } figcaption { margin-bottom: 4px; }
.matrix td { width: 34px; height: 26px; padding: 0; text-align: center; font-size: 12px;
  border: 1px solid var(--card); }
.matrix th { border: 0; padding: 0 8px 0 0; font-weight: 500; color: var(--ink); text-align: right; }
.matrix .up { vertical-align: bottom; padding: 0 0 4px; text-align: center; }
.matrix .up span { writing-mode: vertical-rl; }
.matrix .hit { background: rgb(31 111 235 / calc(var(--share) * .75 + .04)); }
.matrix .miss { background: rgb(192 38 45 / calc(var(--share) * 1.4)); }
.matrix .sum { color: var(--soft); }
details { margin-bottom: 10px; } summary { cursor: pointer; }
"""
