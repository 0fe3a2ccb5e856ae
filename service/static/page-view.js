// View: a reply of /v1/intake → elements. Text of citizens is only ever set as textContent.
"use strict";

const NAMES = {
  caller_name: "来电人", caller_gender: "性别", contact_phone: "联系电话", caller_address: "来电人地址",
  event_address: "事发地址", district: "区县", subdistrict: "街镇", community: "社区", poi: "地点名称",
  event_time: "发生时间", target_entity: "被反映方", demand: "诉求", co_callers: "同诉人数", amount: "金额",
  plate_no: "车牌", ref_no: "关联工单", id_no: "证件号", email: "邮箱", confidential: "要求保密",
  no_contact: "无需回访", title: "标题", content: "内容",
};
const GROUPS = {
  who: ["caller_name", "caller_gender", "contact_phone", "id_no", "email", "co_callers", "confidential", "no_contact"],
  where: ["caller_address", "event_address", "district", "subdistrict", "community", "poi"],
  when: ["event_time"],
};
const STATUS = { filled: "", suggested: "待核对", conflict: "有出入", missing: "未提及" };
const SOURCES = { model: "模型", rule: "规则", given: "系统已知", derived: "推得" };
const DECISIONS = { auto: ["可直接采用", ""], suggest: ["建议人工确认", "warn"], abstain: ["把握不足", "bad"] };
const URGENCY = ["一般", "紧急", "特急"];

function make(tag, className, ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
}

const groupOf = (name) => Object.keys(GROUPS).find((group) => GROUPS[group].includes(name)) || "what";
const percent = (share) => `${Math.round(share * 100)}%`;

function card(title, ...children) {
  const heads = Array.isArray(title) ? title : [title];
  return make("section", "card", make("h2", "", ...heads), ...children);
}

function decisionTag(decision) {
  const [words, tone] = DECISIONS[decision] || [decision, ""];
  return make("span", `tag ${tone}`, words);
}

function bar(label, score) {
  const fill = make("div", "fill");
  fill.style.width = percent(score);
  return make("div", "bar", label, make("span", "score", percent(score)), make("div", "track", fill));
}

function wording(value) {
  if (value === null || value === undefined || value === "") return "";
  if (typeof value === "boolean") return value ? "是" : "否";
  if (Array.isArray(value)) return value.map(wording).filter(Boolean).join("；");
  if (typeof value === "object") {
    if ("start" in value || "end" in value) {
      const { start, end, ...rest } = value;
      const span = [start, end].filter(Boolean).map((t) => String(t).replace("T", " ").replace(/(:\d\d):00(\+|$).*/, "$1"));
      return [[...new Set(span)].join(" — "), wording(Object.values(rest))].filter(Boolean).join(" · ");
    }
    return Object.values(value).map(wording).filter(Boolean).join(" ");
  }
  return timeWords(String(value));
}

// As the form writes times: 2024-09/2025-02, recurring:每天22:00, 2023-06-15T08:00. Any other text stays as it is.
function timeWords(text) {
  const isTime = /^(\d{4}(-\d\d){0,2}(T\d\d:\d\d)?(\/|$))+$/.test(text);
  return isTime ? text.replaceAll("T", " ").replace("/", " 至 ") : text.replace(/^recurring:/, "");
}

// The text with its evidence. Offsets are code points, so the text is cut as an array of them.
function markedText(text, spans) {
  const points = Array.from(text);
  const cuts = new Set([0, points.length]);
  for (const span of spans) { cuts.add(span.start); cuts.add(span.end); }
  const places = [...cuts].filter((cut) => cut <= points.length).sort((a, b) => a - b);
  const pieces = document.createDocumentFragment();
  for (let i = 0; i + 1 < places.length; i += 1) {
    const words = points.slice(places[i], places[i + 1]).join("");
    const over = spans.filter((span) => span.start <= places[i] && span.end >= places[i + 1]);
    if (!over.length) { pieces.append(words); continue; }
    const inner = over.reduce((a, b) => (b.end - b.start < a.end - a.start ? b : a));
    const mark = make("mark", groupOf(inner.field), words);
    mark.dataset.fields = over.map((span) => span.field).join(" ");
    mark.title = over.map((span) => NAMES[span.field] || span.field).join("、");
    pieces.append(mark);
  }
  return pieces;
}

function saidCard(ticket, form) {
  const spans = Object.entries(form ? form.fields : {})
    .flatMap(([field, entry]) => entry.spans.map((span) => ({ ...span, field })));
  const said = make("div", "said");
  if (ticket.dialogue) {
    ticket.dialogue.forEach((turn, index) => {
      const words = make("div", "words", markedText(turn.text, spans.filter((span) => span.turn === index)));
      const row = make("div", `turn ${turn.role}`, make("span", "speaker", turn.role === "agent" ? "坐席" : "来电人"), words);
      row.dataset.turn = index;
      said.append(row);
    });
  } else {
    said.append(markedText(ticket.text, spans));
  }
  return card("原话与依据", said);
}

function titleCard(form) {
  return card("工单", make("p", "lead-title", form.title || "（无标题）"), make("p", "content", form.content));
}

function fieldRow(name, entry) {
  const raw = entry.raw && entry.raw !== wording(entry.value) ? make("span", "raw", `原话：${entry.raw}`) : null;
  const also = entry.alternatives.map(wording).filter(Boolean);
  const more = also.length > 6 ? ` 等 ${also.length} 项` : "";
  const others = also.length ? make("span", "raw", `另有：${also.slice(0, 6).join("、")}${more}`) : null;
  const value = make("span", "value", wording(entry.value), raw, others);
  const tone = { suggested: "warn", conflict: "bad" }[entry.status] || "quiet";
  const note = [STATUS[entry.status], SOURCES[entry.source], percent(entry.confidence)].filter(Boolean).join(" · ");
  const row = make("button", `field ${entry.status}`,
    make("span", "name", make("i", `swatch ${groupOf(name)}`), NAMES[name] || name), value,
    make("span", `tag ${tone}`, note));
  row.type = "button";
  row.dataset.field = name;
  if (entry.spans.length) row.dataset.spans = "yes";
  return row;
}

function fieldsCard(form) {
  const entries = Object.entries(form.fields);
  const rows = entries.filter(([, entry]) => entry.status !== "missing").map(([name, entry]) => fieldRow(name, entry));
  const unsaid = entries.filter(([, entry]) => entry.status === "missing").map(([name]) => {
    const needed = form.missing.includes(name);
    return make("span", `tag ${needed ? "warn" : "quiet"}`, NAMES[name] || name);
  });
  const rest = unsaid.length ? make("div", "tags unsaid", make("span", "hint", "未提及"), ...unsaid) : null;
  return card("字段", ...rows, ...(rest ? [rest] : []));
}

function askCard(form) {
  const rows = form.ask.map((question) => make("li", "", question.text));
  return card("还可以这样问", make("ol", "ask-next", ...rows));
}

function categoryCard(category) {
  const rows = category.candidates.map(({ path, score }) =>
    bar(make("span", "", make("span", "up", path.slice(0, -1).map((step) => `${step} › `).join("")), path.at(-1)), score));
  const kind = category.type ? make("span", "tag quiet", category.type) : null;
  return card(["分类", kind, decisionTag(category.decision)].filter(Boolean), ...rows);
}

function dispatchCard(dispatch) {
  const { territory } = dispatch;
  const where = [territory.district, territory.subdistrict].filter(Boolean).join(" ");
  const lead = make("div", "unit", dispatch.lead ? dispatch.lead.name : "待人工派单");
  const tags = [];
  if (where) tags.push(make("span", "tag quiet", where));
  if (territory.hosted) tags.push(make("span", "tag", "属地承办"));
  for (const { name, reason } of dispatch.assist) {
    const tag = make("span", "tag quiet", `协办：${name}`);
    tag.title = reason;
    tags.push(tag);
  }
  const known = dispatch.return_risk !== null && dispatch.return_risk !== undefined;
  const risky = known && dispatch.return_risk >= 0.2;
  const returns = make("span", `tag ${risky ? "warn" : "quiet"}`,
    known ? `退单风险 ${percent(dispatch.return_risk)}` : "退单风险未知");
  returns.title = dispatch.return_reason || "";
  tags.push(returns);
  const rows = dispatch.candidates.slice(0, 5).map(({ name, score }) => bar(make("span", "", name), score));
  const reasons = make("ul", "reasons", ...dispatch.reasons.map((reason) => make("li", "", reason)));
  return card(["派单", decisionTag(dispatch.decision)], lead, make("div", "tags", ...tags), ...rows, reasons);
}

function svg(tag, attributes) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

// The curve of the call: one point per turn of the caller, +1 at the top, −1 at the bottom.
function curve(points) {
  const chart = svg("svg", { class: "curve", viewBox: "0 0 300 74", preserveAspectRatio: "none", role: "img" });
  const x = (index) => 6 + (288 * index) / Math.max(1, points.length - 1);
  const y = (score) => 37 - 31 * score;
  chart.append(svg("line", { class: "axis", x1: 0, x2: 300, y1: 37, y2: 37, "vector-effect": "non-scaling-stroke" }));
  const path = points.map(({ score }, index) => `${x(index)},${y(score)}`).join(" ");
  chart.append(svg("polyline", { class: "path", points: path, "vector-effect": "non-scaling-stroke" }));
  points.forEach(({ turn, score, label }, index) => {
    const dot = svg("circle", { cx: x(index), cy: y(score), r: 3.5, "data-turn": turn });
    const hint = svg("title", {});
    hint.textContent = `第 ${turn + 1} 句：${label} ${score.toFixed(2)}`;
    dot.append(hint);
    chart.append(dot);
  });
  return chart;
}

function sentimentCard(sentiment) {
  const tone = ["quiet", "warn", "bad"][sentiment.urgency];
  const head = make("div", "feel", make("span", "emotion", sentiment.emotion || "—"),
    make("span", "dots", "●".repeat(sentiment.intensity || 0) + "○".repeat(3 - (sentiment.intensity || 0))),
    make("span", "hint", `${sentiment.label || "—"} · ${sentiment.score.toFixed(2)}`));
  const chances = Object.entries(sentiment.probabilities).sort((a, b) => b[1] - a[1]).slice(0, 3)
    .map(([emotion, share]) => bar(make("span", "", emotion), share));
  const risks = sentiment.risks.map(({ name, reason }) => {
    const tag = make("span", "tag warn", name);
    tag.title = reason;
    return tag;
  });
  const reasons = make("ul", "reasons", ...sentiment.urgency_reasons.map((reason) => make("li", "", reason)));
  return card(["情绪与风险", make("span", `tag ${tone}`, URGENCY[sentiment.urgency])], head, ...chances,
    sentiment.curve.length > 1 ? curve(sentiment.curve) : null, make("div", "tags", ...risks), reasons);
}

// The lines that should take over: the one that the caller's words call for, and those that the city's rules add.
function urgentLines({ dispatch, sentiment }) {
  const lines = [sentiment && sentiment.transfer, ...(dispatch ? dispatch.transfers : [])].filter(Boolean);
  return lines.filter(({ to }, index) => lines.findIndex((line) => line.to === to) === index);
}

function intakeView(ticket, reply) {
  const view = document.createDocumentFragment();
  const { form, category, dispatch, sentiment } = reply;
  const lines = urgentLines(reply);
  for (const { to, reason } of lines) {
    view.append(make("div", "banner", make("strong", "", `建议立即转 ${to}`), `　${reason}`));
  }
  if (!lines.length && sentiment && sentiment.verify) view.append(make("div", "banner", sentiment.verify));
  if (reply.truncated) view.append(make("div", "banner", "原话过长，只读了前面一部分。"));
  if (form) view.append(titleCard(form));
  view.append(saidCard(ticket, form));
  if (form) view.append(fieldsCard(form));
  if (form && form.ask.length) view.append(askCard(form));
  const left = make("div", "", category ? categoryCard(category) : "", sentiment ? sentimentCard(sentiment) : "");
  view.append(make("div", "two", left, make("div", "", dispatch ? dispatchCard(dispatch) : "")));
  return view;
}
