// What SAP Cloud SDK's batch client does with a service. Its generator would make these classes
// from $metadata; this is the little of them that is needed.
import { muteLoggers } from "@sap-cloud-sdk/util";
import * as common from "@sap-cloud-sdk/odata-common";
import * as odata from "@sap-cloud-sdk/odata-v4";

const SERVICE = "/odata";
// Without this the answers are those of 4.01, whose control information it does not know.
const VERSION = { "OData-MaxVersion": "4.0" };

muteLoggers();

class Product extends odata.Entity {
  static _entityName = "products";
  static _defaultBasePath = SERVICE;
  static _keys = ["_id"];
}

class ProductRequests extends common.RequestBuilder {
  getAll() {
    return new odata.GetAllRequestBuilder(this.entityApi);
  }

  getByKey(_id) {
    return new odata.GetByKeyRequestBuilder(this.entityApi, { _id });
  }

  create(entity) {
    return new odata.CreateRequestBuilder(this.entityApi, entity);
  }

  update(entity) {
    return new odata.UpdateRequestBuilder(this.entityApi, entity);
  }

  delete(entity) {
    return new odata.DeleteRequestBuilder(this.entityApi, entity);
  }
}

class ProductApi {
  deSerializers = odata.defaultDeSerializers;
  entityConstructor = Product;

  constructor() {
    const fields = new common.FieldBuilder(Product, this.deSerializers);
    this.schema = {
      ID: fields.buildEdmTypeField("_id", "Edm.String", false),
      NAME: fields.buildEdmTypeField("name", "Edm.String", false),
      PRICE: fields.buildEdmTypeField("price", "Edm.Decimal", true),
      ALL_FIELDS: new common.AllFields("*", Product),
    };
  }

  requestBuilder() {
    return new ProductRequests(this);
  }

  entityBuilder() {
    return common.entityBuilder(this);
  }
}

const api = new ProductApi();
const products = api.requestBuilder();
const plain = ({ id, name, price, versionIdentifier }) =>
  ({ id, name, price: price?.toString() ?? null, etag: versionIdentifier });
const made = ({ id, name }) => api.entityBuilder().id(id).name(name).build();

async function read(destination, id) {
  return products.getByKey(id).addCustomHeaders(VERSION).execute(destination);
}

// What one step of a batch sends: a read, or a list of changes, which becomes a change set.
async function part(destination, step) {
  if (!Array.isArray(step)) {
    return products.getAll().filter(api.schema.NAME.equals(step.name));
  }
  const changes = step.map(async (change) => {
    switch (change.verb) {
      case "create":
        return products.create(made(change));
      case "update": {
        const entity = await read(destination, change.id);
        entity.name = change.name;
        return products.update(entity);
      }
      default:
        return products.delete(await read(destination, change.id));
    }
  });
  return new common.BatchChangeSet(await Promise.all(changes));
}

function told(response) {
  if (!response.isSuccess()) {
    return { status: response.httpCode, error: response.body.error };
  }
  if (response.isWriteResponses()) {
    return { statuses: response.responses.map((one) => one.httpCode) };
  }
  return { rows: response.as(api).map(plain) };
}

export async function list(url, name) {
  const request = products.getAll().filter(api.schema.NAME.equals(name)).select(api.schema.NAME);
  return (await request.addCustomHeaders(VERSION).execute({ url })).map((one) => one.name);
}

export async function readOne(url, id) {
  return plain(await read({ url }, id));
}

export async function batch(url, steps, form) {
  const parts = await Promise.all(steps.map((step) => part({ url }, step)));
  const request = new odata.ODataBatchRequestBuilder(SERVICE, parts)
    .withSubRequestPathType(form)
    .addCustomHeaders(VERSION)
    .skipCsrfTokenFetching();
  return (await request.execute({ url })).map(told);
}
