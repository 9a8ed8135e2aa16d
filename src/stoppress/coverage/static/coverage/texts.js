/* Sentences in the language of the page, from a JSON block that the server writes (localisation/script_texts.py).

   <script id="page-texts" type="application/json">{"ended": "Coverage has ended", "posts": {"one": …, "other": …}}</script> */

const texts = JSON.parse(document.getElementById("page-texts")?.textContent ?? "{}");
const rules = new Intl.PluralRules(document.documentElement.lang || "en");

/* Return the sentence `name` with its placeholders filled: text("newPost", { title }). */
export function text(name, values = {}) {
  return fill(texts[name] ?? "", values);
}

/* Return the sentence `name` for a number, in the plural form of the language. */
export function counted(name, number) {
  const forms = texts[name] ?? {};
  return fill(forms[rules.select(number)] ?? forms.other ?? "", { number: groupDigits(number) });
}

function groupDigits(number) {
  return String(number).replace(/\B(?=(?:\d{3})+$)/g, texts.thousands ?? "");
}

function fill(sentence, values) {
  return sentence.replace(/\{(\w+)\}/g, (placeholder, name) => values[name] ?? placeholder);
}
