// A script is loaded once, for however many widgets, and draws each of them.
import assert from "node:assert/strict";
import { test } from "node:test";

import widget from "../../corewidgets/widgets/shared_script.js";

const TEXT = `
  globalThis.loads = (globalThis.loads ?? 0) + 1;
  export default { render: ({ el }) => { el.push("drawn"); return () => el.push("gone"); } };
`;

// Node imports no blob: it is given the text itself.
URL.createObjectURL = () => `data:text/javascript,${encodeURIComponent(TEXT)}#${Math.random()}`;
URL.revokeObjectURL = () => {};

function model(holder, text) {
  const get_model = async (id) => {
    assert.equal(id, holder);
    return { get: (name) => ({ text })[name] };
  };
  return { get: (name) => ({ script: `IPY_MODEL_${holder}` })[name], widget_manager: { get_model } };
}

test("widgets share a module, also those of a kernel that was started again", async () => {
  for (const holder of ["a", "a", "b"]) {
    const given = model(holder, TEXT);
    const el = [];
    await widget.initialize({ model: given });
    const end = await widget.render({ model: given, el });
    assert.deepEqual(el, ["drawn"]);
    end();
    assert.deepEqual(el, ["drawn", "gone"]);
  }
  assert.equal(globalThis.loads, 1);
});

test("another script is another module", async () => {
  await widget.initialize({ model: model("c", `${TEXT}// newer`) });
  assert.equal(globalThis.loads, 2);
});

test("a script that could not be loaded is asked for again", async () => {
  const { createObjectURL } = URL;
  URL.createObjectURL = () => `data:text/javascript,${encodeURIComponent("throw Error('gone')")}`;
  const given = model("d", `${TEXT}// again`);
  await assert.rejects(widget.initialize({ model: given }), /gone/);
  URL.createObjectURL = createObjectURL;
  await widget.initialize({ model: given });
});
