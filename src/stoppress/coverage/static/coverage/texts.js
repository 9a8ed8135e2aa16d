/* Sentences in the language of the page, from the JSON block that the server wrote (coverage/localisation/script_texts.py).

   <script id="page-texts" type="application/json">{"ended": "Coverage has ended", "posts": {"one": …, "other": …}}</script> */

const texts = JSON.parse(document.getElementById("page-texts")?.textContent ?? "{}");
const rules = new Intl.PluralRules(document.documentElement.lang || "en");

/* The sentence `name` with its gaps filled: text("newPost", { title }). */
export function text(name, values = {}) {
  return filled(texts[name] ?? "", values);
}

/* The same for a number, in the plural form that the language asks for. */
export function counted(name, number) {
  const forms = texts[name] ?? {};
  return filled(forms[rules.select(number)] ?? forms.other ?? "", { number: grouped(number) });
}

function grouped(number) {
  return String(number).replace(/\B(?=(?:\d{3})+$)/g, texts.thousands ?? "");
}

function filled(sentence, values) {
  return sentence.replace(/\{(\w+)\}/g, (gap, name) => values[name] ?? gap);
}
