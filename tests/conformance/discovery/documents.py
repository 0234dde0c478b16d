"""Metadata documents of the shapes that real services give, written for these tests."""

from conformance.words.json_value import Json

_EDMX = "http://docs.oasis-open.org/odata/ns/edmx"
_EDM = "http://docs.oasis-open.org/odata/ns/edm"
_VOCABULARIES = "https://oasis-tcs.github.io/odata-vocabularies/vocabularies"


def edmx(*schemas: str, version: str = "4.0", references: str = "") -> bytes:
    """Return a whole document of some Schema elements."""
    text = (
        '<?xml version="1.0" encoding="utf-8"?>'
        f'<edmx:Edmx Version="{version}" xmlns:edmx="{_EDMX}">'
        f"{references}<edmx:DataServices>{''.join(schemas)}</edmx:DataServices></edmx:Edmx>"
    )
    return text.encode()


def schema(content: str, *, namespace: str = "NS", alias: str = "") -> str:
    """Return a Schema element."""
    named = f' Alias="{alias}"' if alias else ""
    return f'<Schema xmlns="{_EDM}" Namespace="{namespace}"{named}>{content}</Schema>'


def one_type(properties: str, *, annotations: str = "", more: str = "") -> bytes:
    """Return a document with the set `Things`, of a type with an integer key and some properties.

    `annotations` stand inside of the set.
    """
    return edmx(
        schema(
            f"""<EntityType Name="Thing"><Key><PropertyRef Name="ID"/></Key>
            <Property Name="ID" Type="Edm.Int32" Nullable="false"/>{properties}</EntityType>{more}
            <EntityContainer Name="C"><EntitySet Name="Things" EntityType="NS.Thing">{annotations}
            </EntitySet></EntityContainer>"""
        ),
        references=USUAL,
    )


def reference(file: str, namespace: str, alias: str) -> str:
    """Return a Reference to a vocabulary."""
    return (
        f'<edmx:Reference Uri="{_VOCABULARIES}/{file}.xml">'
        f'<edmx:Include Namespace="{namespace}" Alias="{alias}"/></edmx:Reference>'
    )


USUAL = "".join(
    reference(f"Org.OData.{name}.V1", f"Org.OData.{name}.V1", name)
    for name in ("Core", "Capabilities", "Validation")
)

# In the manner of TripPin: inheritance, open types, enumerations, containment, singletons.
TRAVEL = edmx(
    schema(
        """
  <EnumType Name="Gender"><Member Name="Male" Value="0"/><Member Name="Female" Value="1"/>
    <Member Name="Unknown" Value="4"/></EnumType>
  <EnumType Name="Feature" IsFlags="true" UnderlyingType="Edm.Int64">
    <Member Name="None"/><Member Name="First"/></EnumType>
  <TypeDefinition Name="Code" UnderlyingType="Edm.String" MaxLength="4" Unicode="false"/>
  <ComplexType Name="City"><Property Name="Name" Type="Edm.String" Nullable="false"/>
    <Property Name="Region" Type="Edm.String"/></ComplexType>
  <ComplexType Name="Location" Abstract="true" OpenType="true">
    <Property Name="Address" Type="Edm.String" Nullable="false"/>
    <Property Name="City" Type="T.City" Nullable="false"/></ComplexType>
  <ComplexType Name="AirportLocation" BaseType="T.Location">
    <Property Name="Loc" Type="Edm.GeographyPoint" Nullable="false" SRID="4326"/></ComplexType>
  <EntityType Name="Person" OpenType="true">
    <Key><PropertyRef Name="UserName"/></Key>
    <Property Name="UserName" Type="Edm.String" Nullable="false">
      <Annotation Term="Org.OData.Core.V1.Permissions">
        <EnumMember>Org.OData.Core.V1.Permission/Read</EnumMember></Annotation></Property>
    <Property Name="FirstName" Type="Edm.String" Nullable="false" MaxLength="26"/>
    <Property Name="Emails" Type="Collection(Edm.String)"/>
    <Property Name="Home" Type="T.AirportLocation"/>
    <Property Name="Gender" Type="T.Gender"/>
    <Property Name="Concurrency" Type="Edm.Int64" Nullable="false">
      <Annotation Term="Org.OData.Core.V1.Computed" Bool="true"/></Property>
    <NavigationProperty Name="Friends" Type="Collection(T.Person)"/>
    <NavigationProperty Name="Trips" Type="Collection(T.Trip)" ContainsTarget="true"/>
  </EntityType>
  <EntityType Name="Employee" BaseType="T.Person">
    <Property Name="Cost" Type="Edm.Decimal" Precision="9" Scale="Variable"/></EntityType>
  <EntityType Name="Trip"><Key><PropertyRef Name="TripId"/></Key>
    <Property Name="TripId" Type="Edm.Int32" Nullable="false"/></EntityType>
  <EntityType Name="Airport"><Key><PropertyRef Name="IcaoCode"/></Key>
    <Property Name="IcaoCode" Type="T.Code" Nullable="false"/>
    <Property Name="Name" Type="Edm.String"/>
    <Property Name="Location" Type="T.AirportLocation" Nullable="false"/></EntityType>
  <EntityType Name="Photo" HasStream="true"><Key><PropertyRef Name="Id"/></Key>
    <Property Name="Id" Type="Edm.Int64" Nullable="false"/></EntityType>
  <Function Name="GetNearest"><Parameter Name="lat" Type="Edm.Double" Nullable="false"/>
    <ReturnType Type="T.Airport"/></Function>
  <Function Name="GetFriends" IsBound="true" IsComposable="true">
    <Parameter Name="person" Type="T.Person"/><ReturnType Type="Collection(T.Person)"/></Function>
  <Action Name="Reset"/>
  <EntityContainer Name="Default">
    <EntitySet Name="People" EntityType="T.Person">
      <NavigationPropertyBinding Path="Friends" Target="People"/>
      <NavigationPropertyBinding Path="T.Employee/Boss" Target="Travel.Service.Default/People"/>
      <Annotation Term="Org.OData.Core.V1.OptimisticConcurrency">
        <Collection><PropertyPath>Concurrency</PropertyPath></Collection></Annotation>
    </EntitySet>
    <EntitySet Name="Airports" EntityType="T.Airport"/>
    <EntitySet Name="Photos" EntityType="T.Photo" IncludeInServiceDocument="false"/>
    <Singleton Name="Me" Type="T.Person"/>
    <FunctionImport Name="GetNearest" Function="T.GetNearest" EntitySet="Airports"/>
    <ActionImport Name="Reset" Action="T.Reset"/>
  </EntityContainer>""",
        namespace="Travel.Service",
        alias="T",
    )
)

# In the manner of Northwind: types and container in two schemas, foreign keys, not one annotation.
TRADE = edmx(
    schema(
        """
  <EntityType Name="Category"><Key><PropertyRef Name="CategoryID"/></Key>
    <Property Name="CategoryID" Type="Edm.Int32" Nullable="false"/>
    <Property Name="CategoryName" Type="Edm.String" Nullable="false" MaxLength="15"/>
    <Property Name="Picture" Type="Edm.Binary" MaxLength="max"/>
    <NavigationProperty Name="Products" Type="Collection(Model.Product)" Partner="Category"/>
  </EntityType>
  <EntityType Name="Product"><Key><PropertyRef Name="ProductID"/></Key>
    <Property Name="ProductID" Type="Edm.Int32" Nullable="false"/>
    <Property Name="ProductName" Type="Edm.String" Nullable="false" MaxLength="40"/>
    <Property Name="CategoryID" Type="Edm.Int32"/>
    <Property Name="UnitPrice" Type="Edm.Decimal" Precision="19" Scale="4"/>
    <Property Name="Discontinued" Type="Edm.Boolean" Nullable="false"/>
    <NavigationProperty Name="Category" Type="Model.Category" Partner="Products">
      <ReferentialConstraint Property="CategoryID" ReferencedProperty="CategoryID"/>
    </NavigationProperty></EntityType>
  <EntityType Name="Order_Detail">
    <Key><PropertyRef Name="OrderID"/><PropertyRef Name="ProductID"/></Key>
    <Property Name="OrderID" Type="Edm.Int32" Nullable="false"/>
    <Property Name="ProductID" Type="Edm.Int32" Nullable="false"/>
    <Property Name="Quantity" Type="Edm.Int16" Nullable="false"/>
    <NavigationProperty Name="Product" Type="Model.Product" Nullable="false">
      <ReferentialConstraint Property="ProductID" ReferencedProperty="ProductID"/>
    </NavigationProperty></EntityType>""",
        namespace="Model",
    ),
    schema(
        """<EntityContainer Name="Entities">
    <EntitySet Name="Order_Details" EntityType="Model.Order_Detail">
      <NavigationPropertyBinding Path="Product" Target="Products"/></EntitySet>
    <EntitySet Name="Products" EntityType="Model.Product">
      <NavigationPropertyBinding Path="Category" Target="Categories"/></EntitySet>
    <EntitySet Name="Categories" EntityType="Model.Category">
      <NavigationPropertyBinding Path="Products" Target="Products"/></EntitySet>
  </EntityContainer>""",
        namespace="Web.Model",
    ),
)

# In the manner of SAP CAP: annotations by target, drafts, managed data, sets that are read only.
SHOP = edmx(
    schema(
        """
  <EntityContainer Name="EntityContainer">
    <EntitySet Name="Drafts" EntityType="Shop.Drafts"/>
    <EntitySet Name="Books" EntityType="Shop.Books"/>
    <EntitySet Name="Sales" EntityType="Shop.Books"/>
    <EntitySet Name="Log" EntityType="Shop.Books"/>
  </EntityContainer>
  <EntityType Name="Drafts">
    <Key><PropertyRef Name="ID"/><PropertyRef Name="IsActiveEntity"/></Key>
    <Property Name="ID" Type="Edm.Guid" Nullable="false"/>
    <Property Name="IsActiveEntity" Type="Edm.Boolean" Nullable="false" DefaultValue="true"/>
  </EntityType>
  <EntityType Name="Books"><Key><PropertyRef Name="ID"/></Key>
    <Property Name="ID" Type="Edm.Guid" Nullable="false"/>
    <Property Name="createdAt" Type="Edm.DateTimeOffset" Precision="7"/>
    <Property Name="title" Type="Edm.String" MaxLength="111" Nullable="false"/>
    <Property Name="status" Type="Edm.String" Nullable="false"/>
    <Property Name="stock" Type="Edm.Int32" Nullable="false" DefaultValue="0"/>
    <Property Name="rating" Type="Edm.Int32" Nullable="false"/>
    <Property Name="isbn" Type="Edm.String" MaxLength="13"/>
  </EntityType>
  <Annotations Target="Shop.Books/ID"><Annotation Term="Core.ComputedDefaultValue"/></Annotations>
  <Annotations Target="Shop.Books/createdAt"><Annotation Term="Core.Computed" Bool="true"/>
    <Annotation Term="Core.Immutable" Bool="true"/></Annotations>
  <Annotations Target="Shop.Books/isbn"><Annotation Term="Core.Immutable" Bool="true"/>
  </Annotations>
  <Annotations Target="Shop.Books/status"><Annotation Term="Validation.AllowedValues"><Collection>
    <Record><PropertyValue Property="Value" String="open"/></Record>
    <Record><PropertyValue Property="Value" String="closed"/></Record></Collection></Annotation>
  </Annotations>
  <Annotations Target="Shop.Books/rating"><Annotation Term="Validation.Minimum" Int="200"/>
    <Annotation Term="Validation.Maximum" Decimal="202.5"/></Annotations>
  <Annotations Target="Shop.EntityContainer/Drafts"><Annotation Term="Common.DraftRoot"><Record/>
  </Annotation></Annotations>
  <Annotations Target="Shop.EntityContainer/Sales">
    <Annotation Term="Capabilities.InsertRestrictions"><Record>
      <PropertyValue Property="Insertable" Bool="false"/></Record></Annotation></Annotations>
  <Annotations Target="Shop.EntityContainer/Log">
    <Annotation Term="Capabilities.DeleteRestrictions">
      <Record Type="Capabilities.DeleteRestrictionsType">
      <PropertyValue Property="Deletable"><Bool>false</Bool></PropertyValue></Record></Annotation>
  </Annotations>""",
        namespace="Shop",
    ),
    references=USUAL + reference("Common", "com.sap.vocabularies.Common.v1", "Common"),
)

# One document in both formats.
TWIN_XML = edmx(
    schema(
        """
  <EnumType Name="Colour"><Member Name="Red" Value="1"/><Member Name="Blue" Value="2"/></EnumType>
  <TypeDefinition Name="Weight" UnderlyingType="Edm.Decimal" Precision="5" Scale="2"/>
  <ComplexType Name="Size"><Property Name="Width" Type="Edm.Int32"/></ComplexType>
  <EntityType Name="Base" Abstract="true"><Key><PropertyRef Name="Id"/></Key>
    <Property Name="Id" Type="Edm.Guid" Nullable="false"/></EntityType>
  <EntityType Name="Item" BaseType="self.Base">
    <Property Name="Name" Type="Edm.String" MaxLength="30" Nullable="false">
      <Annotation Term="Core.Description" Qualifier="short" String="a name"/></Property>
    <Property Name="Weight" Type="self.Weight"/>
    <Property Name="Price" Type="Edm.Decimal"/>
    <Property Name="Tags" Type="Collection(Edm.String)" Nullable="false"/>
    <Property Name="Size" Type="self.Size" Nullable="false"/>
    <Property Name="Sold" Type="Edm.Boolean" Nullable="false" DefaultValue="false"/>
    <NavigationProperty Name="Next" Type="self.Item" Partner="Previous">
      <ReferentialConstraint Property="NextId" ReferencedProperty="Id"/></NavigationProperty>
    <NavigationProperty Name="Previous" Type="Collection(self.Item)" Partner="Next"/>
  </EntityType>
  <Function Name="Count"><ReturnType Type="Edm.Int32" Nullable="false"/></Function>
  <EntityContainer Name="All">
    <EntitySet Name="Items" EntityType="self.Item">
      <NavigationPropertyBinding Path="Next" Target="Items"/></EntitySet>
    <Singleton Name="First" Type="self.Item"/>
    <FunctionImport Name="Count" Function="self.Count"/>
    <Annotation Term="Capabilities.BatchSupport"><Record>
      <PropertyValue Property="EtagReferencesSupported" Bool="true"/>
      <PropertyValue Property="SupportedFormats"><Collection><String>application/json</String>
      </Collection></PropertyValue></Record></Annotation>
    <Annotation Term="Capabilities.ConformanceLevel"
      EnumMember="Capabilities.ConformanceLevelType/Advanced"/>
  </EntityContainer>
  <Annotations Target="self.All/Items">
    <Annotation Term="Capabilities.TopSupported" Bool="false"/></Annotations>""",
        namespace="Things.V1",
        alias="self",
    ),
    version="4.01",
    references=USUAL,
)
TWIN_JSON: dict[str, Json] = {
    "$Version": "4.01",
    "$EntityContainer": "Things.V1.All",
    "$Reference": {
        "https://example.org/vocabularies": {
            "$Include": [
                {"$Namespace": "Org.OData.Core.V1", "$Alias": "Core"},
                {"$Namespace": "Org.OData.Capabilities.V1", "$Alias": "Capabilities"},
            ]
        }
    },
    "Things.V1": {
        "$Alias": "self",
        "Colour": {"$Kind": "EnumType", "Red": 1, "Blue": 2},
        "Weight": {
            "$Kind": "TypeDefinition",
            "$UnderlyingType": "Edm.Decimal",
            "$Precision": 5,
            "$Scale": 2,
        },
        "Size": {"$Kind": "ComplexType", "Width": {"$Type": "Edm.Int32", "$Nullable": True}},
        "Base": {
            "$Kind": "EntityType",
            "$Abstract": True,
            "$Key": ["Id"],
            "Id": {"$Type": "Edm.Guid"},
        },
        "Item": {
            "$Kind": "EntityType",
            "$BaseType": "self.Base",
            "Name": {"$MaxLength": 30, "@Core.Description#short": "a name"},
            "Weight": {"$Type": "self.Weight", "$Nullable": True},
            "Price": {"$Type": "Edm.Decimal", "$Scale": 0, "$Nullable": True},
            "Tags": {"$Collection": True},
            "Size": {"$Type": "self.Size"},
            "Sold": {"$Type": "Edm.Boolean", "$DefaultValue": False},
            "Next": {
                "$Kind": "NavigationProperty",
                "$Type": "self.Item",
                "$Nullable": True,
                "$Partner": "Previous",
                "$ReferentialConstraint": {"NextId": "Id", "NextId@Core.Description": "a note"},
            },
            "Previous": {
                "$Kind": "NavigationProperty",
                "$Type": "self.Item",
                "$Collection": True,
                "$Partner": "Next",
            },
        },
        "Count": [{"$Kind": "Function", "$ReturnType": {"$Type": "Edm.Int32"}}],
        "All": {
            "$Kind": "EntityContainer",
            "Items": {
                "$Collection": True,
                "$Type": "self.Item",
                "$NavigationPropertyBinding": {"Next": "Items"},
            },
            "First": {"$Type": "self.Item"},
            "Count": {"$Function": "self.Count"},
            "@Capabilities.BatchSupport": {
                "EtagReferencesSupported": True,
                "SupportedFormats": ["application/json"],
            },
            "@Capabilities.ConformanceLevel": "Advanced",
        },
        "$Annotations": {"self.All/Items": {"@Capabilities.TopSupported": False}},
    },
}
