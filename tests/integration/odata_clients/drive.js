// What a page of OpenUI5 does with a service: each function opens a model, does one thing and
// returns plain values. Changes wait in the group "changes" until they are submitted as a batch.
"use strict";

const CHANGES = "changes";

function load(...names) {
  return new Promise((resolve, reject) => {
    sap.ui.require(names, (...modules) => resolve(modules), reject);
  });
}

async function openModel(options = {}) {
  const [ODataModel, Messaging] = await load(
    "sap/ui/model/odata/v4/ODataModel", "sap/ui/core/Messaging", "sap/ui/core/Core",
  );
  Messaging.removeAllMessages();
  return new ODataModel({ serviceUrl: "/odata/", updateGroupId: CHANGES, ...options });
}

async function messages() {
  const [Messaging] = await load("sap/ui/core/Messaging");
  const found = Messaging.getMessageModel().getObject("/");
  return found.map((one) => ({
    code: one.getCode(),
    text: one.getMessage(),
    told: one.getTechnicalDetails()?.originalMessage?.innererror,
  }));
}

async function rowsOf(model, path, parameters) {
  const binding = model.bindList(path, undefined, [], [], parameters);
  const contexts = await binding.requestContexts(0, 100);
  return { binding, contexts, rows: contexts.map((one) => one.getObject()) };
}

// One entity, read with all that a change of it needs.
async function bound(model, path) {
  const context = model.bindContext(path).getBoundContext();
  await context.requestObject();
  return context;
}

// Makes creations that wait; `carriedOut` tells of each whether it was carried out.
async function creator(model, path) {
  const { binding } = await rowsOf(model, path, {});
  const outcomes = new Map();
  binding.attachCreateCompleted((event) => {
    outcomes.set(event.getParameter("context"), event.getParameter("success"));
  });
  return (entities) => {
    const contexts = entities.map((entity) => binding.create(entity, true));
    contexts.forEach((context) => context.created().catch(() => undefined));
    return {
      contexts,
      carriedOut: () => contexts.map((one) => outcomes.get(one)),
      rows: () => contexts.map((one) => one.getObject()),
    };
  };
}

const settled = (promises) => Promise.allSettled(promises).then((all) => all.map((one) => ({
  status: one.status, code: one.reason?.error?.code, httpStatus: one.reason?.status,
})));

window.drive = {
  async list(path, parameters, options) {
    const { binding, rows } = await rowsOf(await openModel(options), path, parameters);
    return { count: binding.getCount(), rows };
  },

  async readOne(path) {
    return (await bound(await openModel(), path)).getObject();
  },

  async create(path, entities) {
    const model = await openModel();
    const created = (await creator(model, path))(entities);
    await model.submitBatch(CHANGES);
    return {
      carriedOut: created.carriedOut(),
      rows: created.rows(),
      messages: await messages(),
      pending: model.hasPendingChanges(),
    };
  },

  // After a failed submit the creations wait on: the wrong one is mended and sent again.
  async createAgain(path, entities, mend) {
    const model = await openModel();
    const created = (await creator(model, path))(entities);
    await model.submitBatch(CHANGES);
    const before = created.carriedOut();
    await created.contexts[mend.index].setProperty(mend.name, mend.value);
    await model.submitBatch(CHANGES);
    return { before, after: created.carriedOut(), pending: model.hasPendingChanges() };
  },

  // Each list of entities is a change set of its own; all go out in one batch.
  async createInSets(path, sets, { carryOn = false } = {}) {
    const model = await openModel();
    const create = await creator(model, path);
    const made = [];
    const submitted = [];
    if (carryOn) {
      model.setContinueOnError(CHANGES);
    }
    for (const entities of sets) {
      made.push(create(entities));
      submitted.push(model.submitBatch(CHANGES));
    }
    await Promise.all(submitted);
    return made.map((one) => one.carriedOut());
  },

  async change(path, values, meanwhile) {
    const model = await openModel();
    const context = await bound(model, path);
    if (meanwhile) {
      await fetch(`/odata${path}`, {
        method: "PATCH",
        headers: { "Content-Type": "application/json", "If-Match": "*" },
        body: JSON.stringify(meanwhile),
      });
    }
    const changes = Object.entries(values).map(([name, value]) => context.setProperty(name, value));
    await model.submitBatch(CHANGES);
    // What failed waits for another submit, so that only what is done can be awaited.
    const pending = model.hasPendingChanges();
    if (pending) {
      model.resetChanges(CHANGES);
    }
    return { pending, changes: await settled(changes), messages: await messages() };
  },

  // Sent without a submit, as the group of updates says.
  async changeAtOnce(path, values, options) {
    const context = await bound(await openModel(options), path);
    const changes = Object.entries(values).map(([name, value]) => context.setProperty(name, value));
    return { changes: await settled(changes), seen: context.getObject() };
  },

  async createAndChange(path, entity, values) {
    const model = await openModel();
    const { contexts: [context], rows } = (await creator(model, path))([entity]);
    await model.submitBatch(CHANGES);
    const [before] = rows();
    const changes = Object.entries(values).map(([name, value]) => context.setProperty(name, value));
    await model.submitBatch(CHANGES);
    return { before, after: context.getObject(), changes: await settled(changes) };
  },

  // A change and, behind its change set, a read of what else it may have changed.
  async changeAndRead(path, values, properties) {
    const model = await openModel();
    const context = await bound(model, path);
    const changes = Object.entries(values).map(([name, value]) => context.setProperty(name, value));
    const read = context.requestSideEffects(properties, CHANGES);
    await model.submitBatch(CHANGES);
    await read;
    return { changes: await settled(changes), seen: context.getObject() };
  },

  async call(operation, parameters) {
    const model = await openModel();
    const binding = model.bindContext(operation);
    Object.entries(parameters).forEach(([name, value]) => binding.setParameter(name, value));
    const invoked = binding.invoke(CHANGES);
    await model.submitBatch(CHANGES);
    return { invoked: await settled([invoked]), result: binding.getBoundContext().getObject() };
  },

  // The model names no earlier request itself, but what it writes and reads batches with does.
  async send(requests) {
    const [ODataUtils] = await load("sap/ui/model/odata/v4/ODataUtils");
    const { body, headers } = ODataUtils.serializeBatchRequest(requests);
    const response = await fetch("/odata/$batch", { method: "POST", headers, body });
    const type = response.headers.get("Content-Type");
    return ODataUtils.deserializeBatchResponse(type, await response.text());
  },

  async remove(path) {
    const model = await openModel();
    const context = await bound(model, path);
    const removed = context.delete(CHANGES);
    await model.submitBatch(CHANGES);
    return { removed: await settled([removed]), messages: await messages() };
  },

  // Change one, delete another and create a third: one change set of three verbs.
  async mixed(path, { change, values, remove, create }) {
    const model = await openModel();
    const changed = await bound(model, change);
    const removed = await bound(model, remove);
    const done = Object.entries(values).map(([name, value]) => changed.setProperty(name, value));
    const gone = removed.delete(CHANGES);
    const created = (await creator(model, path))([create]);
    gone.catch(() => undefined);
    done.forEach((one) => one.catch(() => undefined));
    await model.submitBatch(CHANGES);
    const pending = model.hasPendingChanges();
    return { pending, carriedOut: created.carriedOut(), messages: await messages() };
  },
};
