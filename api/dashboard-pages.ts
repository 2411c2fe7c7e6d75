/** The dashboard's pages by address: the server answers these with the dashboard, and its router shows them. */
export const DASHBOARD_PAGES = {
  jobs: '/',
  job: '/jobs/{id}',
  submit: '/submit',
  compare: '/compare',
  playground: '/playground',
} as const;

export type DashboardPage = keyof typeof DASHBOARD_PAGES;
