// The design system's modules ship without types: this is the little of them that we use.
// Deliberately not here: options. We use each component as it comes.

declare module "govuk-frontend" {
  type Component = { new (root: Element): unknown; readonly moduleName: string };
  export const Button: Component;
  export const ErrorSummary: Component;
  export const NotificationBanner: Component;
  export const ServiceNavigation: Component;
  export const SkipLink: Component;
}
